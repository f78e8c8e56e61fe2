// SPDX-License-Identifier: Zlib
// What mainline's driver reads and writes before there is a queue: identity, memory reset, function table, mailbox, event queues,
// error blocks, reset.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "driver/hisi_bus.hpp"

using namespace warpz::hisi;
using warpz::test::HisiBus;

namespace data = boost::unit_test::data;

namespace {

const unsigned kRevisions[] = {WARPZ_HISI_REVISION_V2, WARPZ_HISI_REVISION_V3};

constexpr std::uint32_t status_of(MailboxStatus status) {
    return static_cast<std::uint32_t>(status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hisi_registers)

BOOST_AUTO_TEST_CASE(there_are_two_revisions) {
    const warpz_hisi_zip_options options{0x20, 4, 1};
    BOOST_TEST(warpz_hisi_zip_create(&options, nullptr) == nullptr);
    HisiBus v2(WARPZ_HISI_REVISION_V2);
    BOOST_TEST(v2.read(kDoorbellIsolation) == 0U);
    HisiBus v3(WARPZ_HISI_REVISION_V3);
    BOOST_TEST(v3.read(kDoorbellIsolation) == 1U);
    BOOST_TEST(v3.read(kQueueNumbers) == (HisiBus::kQueues | HisiBus::kQueues << 11));
    // Capabilities are left to the driver's own tables.
    for (const std::uint32_t offset : {0x210U, 0x3100U, 0x3144U}) BOOST_TEST(v3.read(offset) == 0U);
}

BOOST_DATA_TEST_CASE(what_a_driver_polls_is_there, data::make(kRevisions), revision) {
    HisiBus bus(revision);
    for (const std::uint32_t offset : {kMemoryInitDone, kVftReady, kCacheWriteBackDone}) {
        BOOST_TEST(bus.read(offset) == 1U);
        bus.write(offset, 0);
        BOOST_TEST(bus.read(offset) == 1U);
    }
    BOOST_TEST(bus.read(kMasterTransactions) == 3U);
    BOOST_TEST(bus.read(kQmErrors + kErrorStatus) == 0U);
    // All else is memory.
    bus.write(0x100074, 0x1fffff);
    BOOST_TEST(bus.read(0x100074) == 0x1fffffU);
    bus.write(0x100130, 0x1122334455667788, 8);
    BOOST_TEST(bus.read(0x100130) == 0x55667788U);
    BOOST_TEST(bus.read(0x100134) == 0x11223344U);
    // Beyond it, and odd accesses.
    bus.write(kRegisterBytes, 1);
    bus.write(kRegisterBytes - 4, 1, 8);
    bus.write(0x100076, 0);
    bus.write(0x100074, 0, 1);
    BOOST_TEST(bus.read(kRegisterBytes) == 0U);
    BOOST_TEST(bus.read(kRegisterBytes - 4) == 0U);
    BOOST_TEST(bus.read(0x100074) == 0x1fffffU);
}

BOOST_DATA_TEST_CASE(the_function_table_says_which_queues_there_are, data::make(kRevisions),
                     revision) {
    HisiBus bus(revision);
    const auto sq = HisiBus::sq_context(0, 0);
    BOOST_TEST(bus.set_context(kSqContext, 0, sq) == status_of(MailboxStatus::kBadQueue));
    bus.start();
    bus.set_vft(2);
    BOOST_TEST(bus.mailbox(kVft, 0, true).value() == 0U);
    const std::uint64_t entry = bus.read(kMailbox + 4) | std::uint64_t{bus.read(kMailbox + 8)}
                                                             << 32;
    BOOST_TEST(entry == (kVftValid | 1ULL << kVftCountShift));
    bus.write(kVftDataLow, 0);
    bus.write(kVftDataHigh, 0);
    bus.write(kVftIsRead, 1);
    bus.write(kVftEnable, 1);
    BOOST_TEST(bus.read(kVftDataHigh) == entry >> 32);
    BOOST_TEST(bus.set_context(kSqContext, 0, sq) == 0U);
    BOOST_TEST(bus.set_context(kSqContext, 2, HisiBus::sq_context(2, 0)) ==
               status_of(MailboxStatus::kBadQueue));
    // More than the device has, and none.
    bus.set_vft(HisiBus::kQueues + 1);
    BOOST_TEST(bus.set_context(kSqContext, 0, sq) == status_of(MailboxStatus::kBadQueue));
    bus.set_vft(0);
    BOOST_TEST(bus.mailbox(kStopQueue, 0).value() == status_of(MailboxStatus::kBadQueue));
}

BOOST_AUTO_TEST_CASE(wrong_mailboxes_have_a_status_and_change_nothing) {
    HisiBus bus;
    bus.start();
    for (const std::uint32_t command : {0x7U, 0xaU, 0xcU, 0xdU, 0xffU}) {
        BOOST_TEST(bus.mailbox(command).value() == status_of(MailboxStatus::kBadCommand));
    }
    for (const std::uint64_t address :
         {std::uint64_t{0}, HisiBus::kBase + HisiBus::kBytes - 31, ~std::uint64_t{0}}) {
        for (const bool reads : {false, true}) {
            BOOST_TEST(bus.mailbox(kSqContext, 0, reads, address).value() ==
                       status_of(MailboxStatus::kBusError));
        }
    }
    struct Change {
        ContextWord word;
        std::uint32_t value;
    };
    const std::uint32_t bad = status_of(MailboxStatus::kBadContext);
    for (const Change& change :
         {Change{kBaseLow, 0x110040}, Change{kGeometry, 15U | 6U << kRingSizeShift},
          Change{kGeometry, 7U << kRingSizeShift},
          Change{kGeometry, 0x1000f | 7U << kRingSizeShift}, Change{kSettings, 1},
          Change{kSettings, 2U << kSqTypeShift}}) {
        auto context = HisiBus::sq_context(0, 0);
        context[change.word] = change.value;
        BOOST_TEST(bus.set_context(kSqContext, 0, context) == bad);
        // What was refused leaves no queue behind.
        BOOST_TEST(bus.set_context(kCqContext, 0, HisiBus::cq_context(0)) == bad);
    }
    BOOST_TEST(bus.set_context(kSqContext, 0, HisiBus::sq_context(0, 0)) == 0U);
    auto cq = HisiBus::cq_context(0);
    cq[kGeometry] = 15U | 5U << kRingSizeShift;
    BOOST_TEST(bus.set_context(kCqContext, 0, cq) == bad);
    Context events{};
    BOOST_TEST(bus.set_context(kEqContext, 0, events) == bad);
    events[kSettings] = 3;
    events[kBaseLow] = 2;
    BOOST_TEST(bus.set_context(kAeqContext, 0, events) == bad);
}

BOOST_AUTO_TEST_CASE(contexts_are_read_back_as_they_were_written) {
    HisiBus bus;
    bus.start();
    BOOST_TEST((bus.get_context(kSqContext, 1) == Context{}));
    const auto sq = HisiBus::sq_context(1, 1);
    BOOST_TEST(bus.set_context(kSqContext, 1, sq) == 0U);
    BOOST_TEST(bus.set_context(kCqContext, 1, HisiBus::cq_context(1)) == 0U);
    BOOST_TEST((bus.get_context(kSqContext, 1) == sq));
    BOOST_TEST((bus.get_context(kCqContext, 1) == HisiBus::cq_context(1)));
    BOOST_TEST((bus.get_context(kEqContext).value()[kSettings] == (3U | kEventPhase)));
}

BOOST_AUTO_TEST_CASE(errors_show_unmasked_interrupt_once_and_are_cleared_by_writing) {
    for (const std::uint32_t block : {kQmErrors, kCoreErrors}) {
        HisiBus bus;
        bus.write(block + kErrorSet, 4);
        BOOST_TEST(bus.read(block + kErrorSource) == 4U);
        BOOST_TEST(bus.read(block + kErrorStatus) == 0U);
        BOOST_TEST(bus.raised(kAbnormalVector) == 0U);
        bus.write(block + kErrorMask, ~4U);
        BOOST_TEST(bus.read(block + kErrorMask) == ~4U);
        BOOST_TEST(bus.read(block + kErrorStatus) == 4U);
        BOOST_TEST(bus.raised(kAbnormalVector) == 1U);
        bus.write(block + kErrorSet, 4 | 8);
        BOOST_TEST(bus.raised(kAbnormalVector) == 1U);
        bus.write(block + kErrorSource, 4);
        BOOST_TEST(bus.read(block + kErrorStatus) == 0U);
        BOOST_TEST(bus.read(block + kErrorSource) == 8U);
        BOOST_TEST(bus.read(block + kErrorSet) == 0U);
        bus.write(block + kErrorSet, 4);
        BOOST_TEST(bus.raised(kAbnormalVector) == 2U);
    }
}

BOOST_DATA_TEST_CASE(a_reset_forgets_everything, data::make(kRevisions), revision) {
    HisiBus bus(revision);
    for (int round = 0; round < 2; ++round) {
        bus.start();
        bus.start_queue(0);
        BOOST_TEST(bus.status(0, bus.descriptor(1000)) == WARPZ_ZIP_STATUS_OK);
        BOOST_TEST(bus.read(kCompressCore + kCoreDone) == 1U);
        BOOST_TEST(bus.read(kCompressCore + kCoreConsumed) == 1000U);
        bus.reset();
        BOOST_TEST(bus.read(kQmErrors + kErrorMask) == ~0U);
        BOOST_TEST(bus.read(kCompressCore + kCoreDone) == 0U);
        BOOST_TEST(bus.mailbox(kVft, 0, true).value() == 0U);
        BOOST_TEST(bus.read(kMailbox + 8) == 0U);
        BOOST_TEST(!bus.get_context(kSqContext, 0).has_value());
    }
}

BOOST_AUTO_TEST_CASE(counters_are_cleared_by_reading_while_asked_for) {
    HisiBus bus;
    bus.start();
    bus.start_queue(0);
    bus.status(0, bus.descriptor(1000));
    bus.write(kCounterControl, kCountersClear);
    BOOST_TEST(bus.read(kCompressCore + kCoreRight) == 1U);
    BOOST_TEST(bus.read(kCompressCore + kCoreRight) == 0U);
    bus.write(kCounterControl, 0);
    BOOST_TEST(bus.read(kCompressCore + kCoreTaken) == 1U);
    BOOST_TEST(bus.read(kCompressCore + kCoreTaken) == 1U);
    BOOST_TEST(bus.read(kDecompressCore + kCoreTaken) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
