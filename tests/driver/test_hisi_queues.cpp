// SPDX-License-Identifier: Zlib
// Queues made by mailbox: jobs from end to end, rings that wrap, events with their phase, streams, lists, shared addresses, drain
// and stop, doorbells and descriptors that break rules, errors as the driver is told of them.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "driver/hisi_bus.hpp"
#include "support/reference_zlib.hpp"

using namespace warpz::hisi;
using warpz::test::HisiBus;
using warpz::test::reference_zlib;

namespace data = boost::unit_test::data;

// Named, since the data tests' lambdas have linkage.
namespace hisi_fixture {

const unsigned kRevisions[] = {WARPZ_HISI_REVISION_V2, WARPZ_HISI_REVISION_V3};
using Bytes = std::vector<std::uint8_t>;

struct Running : HisiBus {
    explicit Running(unsigned revision = WARPZ_HISI_REVISION_V3,
                     std::uint32_t type = WARPZ_QC_TYPE_COMPRESS)
        : HisiBus(revision) {
        start();
        start_queue(0, type);
    }
    Bytes bytes(std::uint64_t address, std::size_t size) {
        Bytes all(size);
        copy_from(address, all.data(), size);
        return all;
    }
    bool is_answered(unsigned queue, unsigned count) {
        return wait_for([&] {
            const auto context = get_context(kSqContext, queue);
            return context && ((*context)[kIndexes] & 0xffff) == count;
        });
    }
};

void set_address(__le32 (&words)[2], std::uint64_t address) {
    words[0] = static_cast<std::uint32_t>(address);
    words[1] = static_cast<std::uint32_t>(address >> 32);
}

/// What the reference makes of a zlib stream whose header software has written; empty when it is none.
Bytes unpacked(Bytes body, std::size_t size) {
    const std::uint8_t header[] = {0x78, 0x9c};
    body.insert(body.begin(), std::begin(header), std::end(header));
    Bytes out(size + 1);
    uLongf length = out.size();
    if (reference_zlib().uncompress(out.data(), &length, body.data(), body.size()) != Z_OK)
        return {};
    out.resize(length);
    return out;
}

}  // namespace hisi_fixture

using namespace hisi_fixture;

BOOST_AUTO_TEST_SUITE(hisi_queues)

BOOST_DATA_TEST_CASE(what_a_queue_compresses_zlib_decompresses, data::make(kRevisions), revision) {
    Running bus(revision);
    const warpz_zip_sqe sqe = bus.run(0, bus.descriptor(200'000));
    BOOST_TEST((sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.consumed == 200'000U);
    BOOST_TEST((unpacked(bus.bytes(HisiBus::kOut, sqe.produced), 200'000) ==
                bus.bytes(HisiBus::kIn, 200'000)));
}

BOOST_DATA_TEST_CASE(what_zlib_compresses_a_queue_decompresses, data::make(kRevisions), revision) {
    Running bus(revision, WARPZ_QC_TYPE_DECOMPRESS);
    const Bytes text = bus.bytes(HisiBus::kIn, 100'000);
    Bytes packed(text.size());
    uLongf length = packed.size();
    BOOST_TEST_REQUIRE(
        reference_zlib().compress(packed.data(), &length, text.data(), text.size()) == Z_OK);
    bus.copy_to(HisiBus::kIn, packed.data() + 2, length - 2);
    warpz_zip_sqe request = bus.descriptor(static_cast<std::uint32_t>(length - 2));
    request.output_length = 100'000;
    const warpz_zip_sqe sqe = bus.run(0, request);
    BOOST_TEST((sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) == WARPZ_ZIP_STATUS_END);
    BOOST_TEST((sqe.dw3 & WARPZ_ZIP_DW3_LAST_BLOCK) != 0U);
    BOOST_TEST(sqe.consumed == length - 2);
    BOOST_TEST((bus.bytes(HisiBus::kOut, sqe.produced) == text));
    BOOST_TEST(bus.read(kDecompressCore + kCoreProduced) == 100'000U);
    BOOST_TEST(bus.read(kCompressCore + kCoreDone) == 0U);
}

BOOST_AUTO_TEST_CASE(each_version_has_descriptors_of_its_own) {
    Running v2(WARPZ_HISI_REVISION_V2);
    Running v3(WARPZ_HISI_REVISION_V3);
    BOOST_TEST(v2.status(0, v3.descriptor(100)) == WARPZ_ZIP_STATUS_BAD_REQUEST);
    BOOST_TEST(v3.status(0, v2.descriptor(100)) == WARPZ_ZIP_STATUS_BAD_REQUEST);
    for (Running* bus : {&v2, &v3}) {
        warpz_zip_sqe raw = bus->descriptor(100);
        raw.dw9 = (raw.dw9 & ~WARPZ_ZIP_DW9_REQUEST_MASK) | WARPZ_ZIP_REQUEST_DEFLATE;
        BOOST_TEST(bus->status(0, raw) ==
                   (bus->is_v3() ? WARPZ_ZIP_STATUS_OK : WARPZ_ZIP_STATUS_BAD_REQUEST));
    }
}

BOOST_DATA_TEST_CASE(rings_wrap, data::make(kRevisions), revision) {
    Running bus(revision);
    bus.start_queue(3);
    for (std::uint32_t i = 0; i < 5 * HisiBus::kDepth; ++i) {
        const std::uint32_t size = 100 + i;
        const warpz_zip_sqe sqe = bus.run(i % 2 == 0 ? 0 : 3, bus.descriptor(size));
        BOOST_TEST_REQUIRE(sqe.consumed == size);
    }
    for (unsigned i = 0; i + 1 < HisiBus::kDepth; ++i) bus.submit(0, bus.descriptor(500 + i));
    for (std::uint32_t i = 0; i + 1 < HisiBus::kDepth; ++i) {
        BOOST_TEST(bus.take(0).value().consumed == 500 + i);
    }
}

BOOST_DATA_TEST_CASE(events_tell_of_queues_and_their_ring_wraps, data::make(kRevisions), revision) {
    Running bus(revision);
    bus.start_queue(2);
    unsigned interrupts = bus.raised(kEventVector);
    // A new queue is armed; after that the CQ's doorbell arms it.
    for (unsigned i = 0; i < 4 * HisiBus::kEventDepth; ++i) {
        const unsigned queue = i % 2 == 0 ? 2 : 0;
        bus.submit(queue, bus.descriptor(100));
        BOOST_TEST_REQUIRE(
            HisiBus::wait_for([&] { return bus.raised(kEventVector) > interrupts; }));
        BOOST_TEST(bus.raised(kEventVector) == ++interrupts);
        const auto events = bus.take_events(kDoorbellEq);
        BOOST_TEST_REQUIRE(events.size() == 1U);
        BOOST_TEST(events[0] == queue);
        BOOST_TEST(bus.take(queue, true).has_value());
    }
    // Not armed: none.
    bus.submit(0, bus.descriptor(100));
    BOOST_TEST(bus.take(0).has_value());
    BOOST_TEST(bus.take_events(kDoorbellEq).size() == 1U);
    bus.submit(0, bus.descriptor(100));
    BOOST_TEST(bus.take(0).has_value());
    BOOST_TEST(bus.take_events(kDoorbellEq).empty());
}

BOOST_AUTO_TEST_CASE(an_event_waits_for_its_mask_and_one_that_is_unread_interrupts_again) {
    Running bus;
    bus.start_queue(1);
    bus.write(kEventMask, 1);
    BOOST_TEST(bus.read(kEventMask) == 1U);
    for (const unsigned queue : {0U, 1U}) {
        bus.submit(queue, bus.descriptor(100));
        BOOST_TEST(bus.is_answered(queue, 1));
    }
    BOOST_TEST(bus.raised(kEventVector) == 0U);
    bus.write(kEventMask, 0);
    BOOST_TEST(bus.raised(kEventVector) == 1U);
    bus.ring_events(kDoorbellEq, 1);  // read one of two
    BOOST_TEST(bus.raised(kEventVector) == 2U);
    bus.ring_events(kDoorbellEq, 2);
    BOOST_TEST(bus.raised(kEventVector) == 2U);
}

BOOST_AUTO_TEST_CASE(an_event_queue_that_is_full_is_told_of) {
    Running bus;
    for (unsigned queue = 0; queue < 4; ++queue) {
        bus.start_queue(queue);
        bus.submit(queue, bus.descriptor(100));
        BOOST_TEST(bus.is_answered(queue, 1));
    }
    // Three fit into a ring of four.
    const auto async = bus.take_events(kDoorbellAeq);
    BOOST_TEST_REQUIRE(async.size() == 1U);
    BOOST_TEST(async[0] >> kAsyncTypeShift == kEqOverflow);
    BOOST_TEST(bus.raised(kAsyncVector) == 1U);
    BOOST_TEST(bus.take_events(kDoorbellEq).size() == 3U);
}

BOOST_DATA_TEST_CASE(a_stream_in_packets_is_one_zlib_stream, data::make(kRevisions), revision) {
    Running bus(revision);
    warpz_zip_sqe sqe = bus.descriptor(0);
    std::uint32_t produced = 0;
    for (std::uint32_t packet = 0; packet < 3; ++packet) {
        warpz_zip_sqe request = bus.descriptor(40'000);
        if (packet != 2) request.dw7 &= ~WARPZ_ZIP_DW7_FINISH;
        request.dw7 |= WARPZ_ZIP_DW7_STATEFUL | (packet == 0 ? WARPZ_ZIP_DW7_STREAM_NEW : 0);
        request.ctx_dw0 = sqe.ctx_dw0;
        request.ctx_dw1 = sqe.ctx_dw1;
        request.ctx_dw2 = sqe.ctx_dw2;
        request.isize = sqe.isize;
        request.checksum = sqe.checksum;
        set_address(request.source_addr, HisiBus::kIn + packet * 40'000);
        set_address(request.dest_addr, HisiBus::kOut + produced);
        set_address(request.stream_ctx_addr, HisiBus::kStream + WARPZ_ZIP_CTX_HW_OFFSET);
        sqe = bus.run(0, request);
        BOOST_TEST_REQUIRE((sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) == WARPZ_ZIP_STATUS_OK);
        produced += sqe.produced;
    }
    BOOST_TEST((unpacked(bus.bytes(HisiBus::kOut, produced), 120'000) ==
                bus.bytes(HisiBus::kIn, 120'000)));
}

BOOST_AUTO_TEST_CASE(lists_of_buffers_are_followed) {
    Running bus;
    // Source: 100 and 900 bytes, the first ten passed over; destination: one buffer.
    const auto put_list = [&](std::uint64_t address,
                              std::vector<std::pair<std::uint64_t, std::uint32_t>> buffers) {
        warpz_zip_sgl list{};
        list.entries = list.capacity = list.chain_entries = static_cast<__le16>(buffers.size());
        bus.copy_to(address, &list, sizeof list);
        address += sizeof list;
        for (const auto& [at, length] : buffers) {
            warpz_zip_sge entry{};
            entry.address = at;
            entry.length = length;
            bus.copy_to(address, &entry, sizeof entry);
            address += sizeof entry;
        }
    };
    put_list(HisiBus::kList, {{HisiBus::kIn, 100}, {HisiBus::kIn + 5000, 910}});
    put_list(HisiBus::kList + 0x1000, {{HisiBus::kOut, 4000}});
    warpz_zip_sqe request = bus.descriptor(1000);
    request.dw7 |= 10;
    request.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT;
    set_address(request.source_addr, HisiBus::kList);
    set_address(request.dest_addr, HisiBus::kList + 0x1000);
    const warpz_zip_sqe sqe = bus.run(0, request);
    BOOST_TEST((sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) == WARPZ_ZIP_STATUS_OK);
    Bytes text = bus.bytes(HisiBus::kIn + 10, 90);
    const Bytes rest = bus.bytes(HisiBus::kIn + 5000, 910);
    text.insert(text.end(), rest.begin(), rest.end());
    BOOST_TEST((unpacked(bus.bytes(HisiBus::kOut, sqe.produced), 1000) == text));
    set_address(request.source_addr, HisiBus::kList + 4);  // not aligned
    BOOST_TEST(bus.status(0, request) == WARPZ_ZIP_STATUS_BAD_ADDRESS);
}

BOOST_DATA_TEST_CASE(with_a_pasid_pages_are_asked_for, data::make(kRevisions), revision) {
    Running bus(revision);
    // Version 2 has a switch for all queues.
    if (!bus.is_v3()) bus.write(kDataReadUser, kSubstreamValid);
    bus.start_queue(1, WARPZ_QC_TYPE_COMPRESS, true);
    warpz_zip_sqe request = bus.descriptor(20'000);
    set_address(request.source_addr, HisiBus::kShared + (HisiBus::kIn - HisiBus::kBase));
    set_address(request.dest_addr, HisiBus::kShared + (HisiBus::kOut - HisiBus::kBase));
    const warpz_zip_sqe sqe = bus.run(1, request);
    BOOST_TEST((sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(bus.pages_asked >= 6U);
    BOOST_TEST((unpacked(bus.bytes(HisiBus::kOut, sqe.produced), 20'000) ==
                bus.bytes(HisiBus::kIn, 20'000)));
    // Of nobody: refused, and the queue goes on.
    set_address(request.source_addr, HisiBus::kShared + HisiBus::kBytes);
    BOOST_TEST(bus.status(1, request) == WARPZ_ZIP_STATUS_BAD_ADDRESS);
    set_address(request.source_addr, HisiBus::kShared + (HisiBus::kIn - HisiBus::kBase));
    BOOST_TEST(bus.status(1, request) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(bus.read(kCoreErrors + kErrorStatus) == 0U);
}

BOOST_AUTO_TEST_CASE(hostile_descriptors_get_a_status_and_touch_nothing) {
    Running bus;
    const Bytes before(0x1000, 0x5a);
    bus.copy_to(HisiBus::kStream, before.data(), before.size());
    const auto with = [&](auto change) {
        warpz_zip_sqe sqe = bus.descriptor(1000);
        set_address(sqe.dest_addr, HisiBus::kStream);
        change(sqe);
        const unsigned status = bus.status(0, sqe);
        BOOST_TEST(status >= 0x0eU);
        BOOST_TEST(status != WARPZ_ZIP_STATUS_END);
        BOOST_TEST(status != 0xffU);
    };
    with([](auto& sqe) { sqe.dw7 ^= 1U << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT; });
    with([](auto& sqe) { sqe.dw9 = 0x55; });
    with([](auto& sqe) { sqe.dw9 |= 2U << WARPZ_ZIP_DW9_BUFFER_SHIFT; });
    with([](auto& sqe) { sqe.dw9 |= 9U << WARPZ_ZIP_DW9_WINDOW_SHIFT; });
    with([](auto& sqe) { sqe.input_length = 0; });
    with([](auto& sqe) { sqe.input_length = ~0U; });
    with([](auto& sqe) { sqe.output_length = WARPZ_ZIP_MAX_BYTES + 1; });
    with([](auto& sqe) { sqe.output_length = 20; });
    with([](auto& sqe) { sqe.lba[0] = 1; });
    with([](auto& sqe) { sqe.dw9 |= WARPZ_ZIP_BUFFER_SGL << WARPZ_ZIP_DW9_BUFFER_SHIFT; });
    BOOST_TEST((bus.bytes(HisiBus::kStream, before.size()) == before));
    BOOST_TEST(bus.status(0, bus.descriptor(1000)) == WARPZ_ZIP_STATUS_OK);
}

BOOST_AUTO_TEST_CASE(doorbells_that_break_a_rule_are_reported_and_do_nothing) {
    constexpr std::uint64_t kOne = 1ULL << WARPZ_ZIP_DB_INDEX_SHIFT;
    constexpr std::uint64_t kCq = WARPZ_ZIP_DB_COMMAND_CQ << WARPZ_ZIP_DB_COMMAND_SHIFT;
    constexpr std::uint64_t kFlag = 1ULL << WARPZ_ZIP_DB_FLAG_SHIFT;
    for (const unsigned revision : kRevisions) {
        Running bus(revision);
        const auto ring = [&](std::uint64_t value) {
            if (bus.is_v3()) {
                bus.write_window(0, value);
            } else {
                bus.write(kQueueDoorbells, value, 8);
            }
        };
        unsigned interrupts = 0;
        for (const std::uint64_t value :
             {kOne * HisiBus::kDepth, kOne | kFlag, kOne | 0x400, kOne | 0x10000, kOne | 0x2000,
              kCq | kOne * HisiBus::kDepth, kCq | 2 * kFlag}) {
            ring(value);
            BOOST_TEST(bus.read(kQmErrors + kErrorStatus) == kQmBadDoorbell);
            BOOST_TEST(bus.raised(kAbnormalVector) == ++interrupts);
            bus.write(kQmErrors + kErrorSource, kQmBadDoorbell);
        }
        // In another queue's window, or with another command on the page of events.
        if (bus.is_v3()) {
            ring(kOne | 1);
            BOOST_TEST(bus.raised(kAbnormalVector) == ++interrupts);
            bus.write(kQmErrors + kErrorSource, kQmBadDoorbell);
        }
        bus.write(kEventDoorbells, kOne, 8);
        BOOST_TEST(bus.raised(kAbnormalVector) == ++interrupts);
        bus.write(kQmErrors + kErrorSource, kQmBadDoorbell);
        // No doorbells at all, and such of queues that do not run: as after a reset of the device.
        bus.write(kQueueDoorbells, kOne, 4);
        bus.write(kEventDoorbells, kOne, 4);
        bus.write_window(0, kOne, 4);
        bus.write_window(HisiBus::kQueues, kOne | HisiBus::kQueues);
        bus.ring(3, WARPZ_ZIP_DB_COMMAND_SQ, 1);
        // The other version's.
        if (bus.is_v3()) {
            bus.write(kQueueDoorbells, kOne, 8);
        } else {
            bus.write_window(0, kOne);
        }
        BOOST_TEST(bus.read(kQmErrors + kErrorSource) == 0U);
        BOOST_TEST(bus.get_context(kSqContext, 0).value()[kIndexes] == 0U);
    }
}

BOOST_AUTO_TEST_CASE(version_2_drains_by_comparing_tails) {
    Running bus(WARPZ_HISI_REVISION_V2);
    BOOST_TEST(bus.set_fault("late,detail=200000"));
    for (int i = 0; i < 5; ++i) bus.submit(0, bus.descriptor(1000));
    const auto tail = [&](std::uint32_t command) {
        return bus.get_context(command, 0).value()[kIndexes] >> 16;
    };
    BOOST_TEST(tail(kSqContext) == 5U);
    BOOST_TEST(tail(kCqContext) == 0U);
    BOOST_TEST(HisiBus::wait_for([&] { return tail(kSqContext) == tail(kCqContext); }));
    BOOST_TEST(tail(kSqContext) == 5U);
}

BOOST_AUTO_TEST_CASE(a_stop_is_over_when_the_entry_in_hand_is) {
    Running bus;
    bus.start_queue(1);
    BOOST_TEST(bus.set_fault("late,detail=100000"));
    bus.submit(0, bus.descriptor(1000));
    BOOST_TEST(bus.mailbox(kStopQueue, 0).value() == 0U);
    bus.submit(0, bus.descriptor(1000));  // nobody listens
    const auto done = bus.get_context(kSqContext, 0).value()[kIndexes] & 0xffff;
    BOOST_TEST(bus.get_context(kSqContext, 0).value()[kIndexes] >> 16 == done);
    BOOST_TEST(bus.status(1, bus.descriptor(1000)) == WARPZ_ZIP_STATUS_OK);
    // Anew, and all at once.
    bus.start_queue(0);
    BOOST_TEST(bus.status(0, bus.descriptor(1000)) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(bus.mailbox(kFlushAll).value() == 0U);
    bus.submit(0, bus.descriptor(1000));
    bus.submit(1, bus.descriptor(1000));
    BOOST_TEST((bus.get_context(kSqContext, 0).value()[kIndexes] & 0xffff) == 1U);
    // One that never ends keeps the mailbox busy, and a reset helps.
    bus.start_queue(0);
    BOOST_TEST(bus.set_fault("stuck"));
    const unsigned before = bus.struck();
    bus.submit(0, bus.descriptor(1000));
    BOOST_TEST(HisiBus::wait_for([&] { return bus.struck() != before; }));
    BOOST_TEST(!bus.mailbox(kStopQueue, 0).has_value());
    bus.reset();
    bus.start();
    bus.start_queue(0);
    BOOST_TEST(bus.status(0, bus.descriptor(1000)) == WARPZ_ZIP_STATUS_OK);
}

BOOST_DATA_TEST_CASE(a_completion_ring_that_is_full_ends_its_queue, data::make(kRevisions),
                     revision) {
    Running bus(revision);
    bus.start_queue(1);
    // More entries than completions are taken of.
    for (unsigned i = 0; i + 1 < HisiBus::kDepth; ++i) bus.submit(0, bus.descriptor(100));
    BOOST_TEST(bus.is_answered(0, HisiBus::kDepth - 1));
    bus.submit(0, bus.descriptor(100));
    BOOST_TEST(HisiBus::wait_for([&] { return bus.raised(kAsyncVector) == 1; }));
    const auto async = bus.take_events(kDoorbellAeq);
    BOOST_TEST_REQUIRE(async.size() == 1U);
    BOOST_TEST(async[0] == kCqOverflow << kAsyncTypeShift);
    // It can be drained, in both ways, and its neighbour goes on.
    BOOST_TEST(bus.get_context(kSqContext, 0).value()[kIndexes] >> 16 ==
               bus.get_context(kCqContext, 0).value()[kIndexes] >> 16);
    BOOST_TEST(bus.mailbox(kStopQueue, 0).value() == 0U);
    BOOST_TEST(bus.status(1, bus.descriptor(100)) == WARPZ_ZIP_STATUS_OK);
}

BOOST_AUTO_TEST_CASE(errors_of_a_queue_and_of_the_device_are_told_apart) {
    Running bus;
    bus.start_queue(2);
    BOOST_TEST(bus.set_fault("ring"));
    bus.submit(2, bus.descriptor(100));
    BOOST_TEST(HisiBus::wait_for([&] { return bus.raised(kAsyncVector) == 1; }));
    const auto async = bus.take_events(kDoorbellAeq);
    BOOST_TEST_REQUIRE(async.size() == 1U);
    BOOST_TEST(async[0] == (kCqeError << kAsyncTypeShift | 2));
    BOOST_TEST(bus.status(0, bus.descriptor(100)) == WARPZ_ZIP_STATUS_OK);

    // Memory that answers with an error: the cores tell, and the descriptor.
    warpz_zip_sqe request = bus.descriptor(100);
    set_address(request.source_addr, HisiBus::kBase + HisiBus::kBytes);
    BOOST_TEST(bus.status(0, request) == WARPZ_ZIP_STATUS_BUS);
    BOOST_TEST(bus.read(kCoreErrors + kErrorStatus) == (kCoreReadResponse | kCoreWriteResponse));
    BOOST_TEST(bus.raised(kAbnormalVector) == 1U);
    BOOST_TEST(bus.read(kCompressCore + kCoreWrong) == 1U);

    BOOST_TEST(bus.set_fault("fatal"));
    bus.submit(0, bus.descriptor(100));
    BOOST_TEST(HisiBus::wait_for([&] { return bus.read(kQmErrors + kErrorStatus) == kQmFatal; }));
    BOOST_TEST(bus.set_context(kSqContext, 1, HisiBus::sq_context(1, 0)) == 0U);
    BOOST_TEST(bus.set_context(kCqContext, 1, HisiBus::cq_context(1)) ==
               static_cast<std::uint32_t>(MailboxStatus::kBadContext));
    bus.reset();
    bus.start();
    bus.start_queue(0);
    BOOST_TEST(bus.status(0, bus.descriptor(100)) == WARPZ_ZIP_STATUS_OK);

    BOOST_TEST(bus.set_fault("gone"));
    bus.submit(0, bus.descriptor(100));
    BOOST_TEST(HisiBus::wait_for([&] { return bus.read(kMemoryInitDone) == ~0U; }));
    BOOST_TEST(bus.set_fault("none"));
    bus.reset();
    BOOST_TEST(bus.read(kMemoryInitDone) == 1U);
    BOOST_TEST(!bus.set_fault("nonsense"));
}

BOOST_AUTO_TEST_CASE(a_broken_bus_ends_queues_and_no_more) {
    Running bus;
    bus.is_broken = true;
    bus.submit(0, bus.descriptor(100));
    BOOST_TEST(bus.mailbox(kSqContext, 0, true).value() ==
               static_cast<std::uint32_t>(MailboxStatus::kBusError));
    BOOST_TEST(bus.mailbox(kStopQueue, 0).value() == 0U);
    bus.is_broken = false;
    bus.start_queue(0);
    BOOST_TEST(bus.status(0, bus.descriptor(100)) == WARPZ_ZIP_STATUS_OK);
}

BOOST_AUTO_TEST_SUITE_END()
