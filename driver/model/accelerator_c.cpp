// SPDX-License-Identifier: Zlib
// The C face of the accelerator; see accelerator.h.
#include <cstdio>
#include <memory>
#include <new>

#include "accelerator.hpp"

using warpz::accelerator::Accelerator;

struct warpz_accelerator {
    std::shared_ptr<Accelerator> device;
};

extern "C" {

struct warpz_accelerator* warpz_accelerator_create(const warpz_accelerator_options* options,
                                                   const warpz_host* host) {
    return new (std::nothrow) warpz_accelerator{std::make_shared<Accelerator>(*options, *host)};
}

void warpz_accelerator_destroy(warpz_accelerator* accelerator) {
    if (accelerator == nullptr) return;
    accelerator->device->cancel_workers();
    delete accelerator;
}

void warpz_accelerator_reset(warpz_accelerator* accelerator) { accelerator->device->reset(); }

uint64_t warpz_accelerator_read_control(warpz_accelerator* accelerator, uint64_t offset,
                                        unsigned size) {
    return accelerator->device->read_control(offset, size);
}

void warpz_accelerator_write_control(warpz_accelerator* accelerator, uint64_t offset,
                                     uint64_t value, unsigned size) {
    accelerator->device->write_control(offset, value, size);
}

uint64_t warpz_accelerator_read_window(warpz_accelerator* accelerator, uint64_t /*offset*/,
                                       unsigned /*size*/) {
    return accelerator->device->is_gone() ? ~uint64_t{0} : 0;
}

void warpz_accelerator_write_window(warpz_accelerator* accelerator, uint64_t offset, uint64_t value,
                                    unsigned size) {
    accelerator->device->write_window(offset, value, size);
}

void warpz_accelerator_wake(warpz_accelerator* accelerator) { accelerator->device->wake_workers(); }

bool warpz_accelerator_set_fault(warpz_accelerator* accelerator, const char* text) {
    return accelerator->device->set_fault(text);
}

void warpz_accelerator_describe(warpz_accelerator* accelerator, char* text, size_t size) {
    std::snprintf(text, size, "%s", accelerator->device->describe().c_str());
}

}  // extern "C"
