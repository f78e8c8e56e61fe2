// SPDX-License-Identifier: Zlib
// Jobs of warpz.h on model devices of both address modes, also such as hang, vanish and spoil: what the device does not do the
// pool does, and the caller sees nothing of it but counters.
#define BOOST_TEST_MODULE native_faults
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "native/batch.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"

namespace data = boost::unit_test::data;
using namespace warpz::test;
using namespace warpz::device;
using model::FaultKind;
using model::ModelOptions;

BOOST_TEST_DONT_PRINT_LOG_VALUE(AddressMode)
BOOST_TEST_DONT_PRINT_LOG_VALUE(FaultKind)

namespace {

const Variables kAlways = {{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "1"}};

Context make_context(unsigned flags) {
    warpz_options options{};
    options.flags = flags;
    options.threads = 2;
    return Context::create(options);
}

std::uint64_t by_device(const Context& context) {
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    return statistics.jobs[WARPZ_DEVICE];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native_faults)

BOOST_DATA_TEST_CASE(pages_go_over_the_device_in_both_address_modes,
                     data::make({AddressMode::kShared, AddressMode::kBounce}) *
                         data::make({0U, 1U * WARPZ_EVENTS}),
                     mode, flags) {
    const Bytes result = in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
        ModelOptions options;
        options.address_mode = mode;
        install_model(options);
        Context context = make_context(flags);
        Batch batch(make_sample(Sample::kMixed, 16384));
        return Bytes{static_cast<std::uint8_t>(batch.run_both(context))};
    });
    BOOST_TEST((result == Bytes{0}));
}

BOOST_DATA_TEST_CASE(what_a_device_does_not_do_the_pool_does,
                     data::make({FaultKind::kHang, FaultKind::kWrongTag, FaultKind::kWrongLength,
                                 FaultKind::kProducedTooMuch, FaultKind::kStatus,
                                 FaultKind::kBitFlip, FaultKind::kReset, FaultKind::kRemoval}) *
                         data::make({0U, 1U * WARPZ_EVENTS}) * data::make({7, 40}),
                     kind, flags, first) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.address_mode = first == 7 ? AddressMode::kShared : AddressMode::kBounce;
        options.faults.faults[0] = {kind, static_cast<std::uint64_t>(first), 1, 0x41};
        install_model(options);
        Context context = make_context(flags);
        Batch batch(make_sample(Sample::kText, 16384));
        batch.may_be_others = true;
        Bytes codes;
        for (unsigned round = 0; round < 2; ++round)
            codes.push_back(static_cast<std::uint8_t>(batch.run_both(context)));
        codes.push_back(by_device(context) >= static_cast<unsigned>(first) - 7);
        return codes;
    });
    BOOST_TEST((result == Bytes{0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_device_that_hangs_is_noticed_by_who_only_polls) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.faults.faults[0] = {FaultKind::kHang, 0, 1, 0};
        install_model(options);
        Context context = make_context(0);
        const Bytes page = make_sample(Sample::kText, 16384);
        Bytes packed(warpz_bound(page.size()));
        warpz_job job =
            warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(page)),
                                    std::as_writable_bytes(std::span(packed)));
        (void)context.submit(job);
        warpz_job* done[1];
        while (context.poll(done) == 0) ::poll(nullptr, 0, 1);
        return Bytes{static_cast<std::uint8_t>(job.status), job.executor == WARPZ_DEVICE};
    });
    BOOST_TEST((result == Bytes{WARPZ_OK, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
