// SPDX-License-Identifier: Zlib
// The C face of the HiSilicon front end; see hisi_zip.h.
#include <cstdio>
#include <memory>
#include <new>

#include "hisi/hisi_zip.h"
#include "hisi/queue_manager.hpp"

using warpz::device::Generation;
using warpz::hisi::QueueManager;

static_assert(WARPZ_HISI_REGISTER_BYTES == warpz::hisi::kRegisterBytes);
static_assert(WARPZ_HISI_WINDOW_BYTES == warpz::hisi::kWindowBytes);
static_assert(WARPZ_HISI_VECTORS == warpz::hisi::kVectors);

struct warpz_hisi_zip {
    std::shared_ptr<QueueManager> device;
};

extern "C" {

warpz_hisi_zip* warpz_hisi_zip_create(const warpz_hisi_zip_options* options,
                                      const warpz_host* host) {
    const bool is_v3 = options->revision == WARPZ_HISI_REVISION_V3;
    if (!is_v3 && options->revision != WARPZ_HISI_REVISION_V2) return nullptr;
    return new (std::nothrow) warpz_hisi_zip{std::make_shared<QueueManager>(
        is_v3 ? Generation::kV3 : Generation::kV2, options->queues, options->level, *host)};
}

void warpz_hisi_zip_destroy(warpz_hisi_zip* zip) {
    if (zip == nullptr) return;
    zip->device->cancel_workers();
    delete zip;
}

void warpz_hisi_zip_reset(warpz_hisi_zip* zip) { zip->device->reset(); }

uint64_t warpz_hisi_zip_read(warpz_hisi_zip* zip, uint64_t offset, unsigned size) {
    return zip->device->read(offset, size);
}

void warpz_hisi_zip_write(warpz_hisi_zip* zip, uint64_t offset, uint64_t value, unsigned size) {
    zip->device->write(offset, value, size);
}

uint64_t warpz_hisi_zip_read_window(warpz_hisi_zip* zip, uint64_t /*offset*/, unsigned /*size*/) {
    return zip->device->is_gone() ? ~uint64_t{0} : 0;
}

void warpz_hisi_zip_write_window(warpz_hisi_zip* zip, uint64_t offset, uint64_t value,
                                 unsigned size) {
    zip->device->write_window(offset, value, size);
}

bool warpz_hisi_zip_set_fault(warpz_hisi_zip* zip, const char* text) {
    return zip->device->set_fault(text);
}

void warpz_hisi_zip_describe(warpz_hisi_zip* zip, char* text, size_t size) {
    std::snprintf(text, size, "%s", zip->device->describe().c_str());
}

}  // extern "C"
