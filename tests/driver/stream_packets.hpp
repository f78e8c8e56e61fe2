// SPDX-License-Identifier: Zlib
// The guest's side of a stream of many packets: descriptors that carry what the last answer left.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "driver/running_client.hpp"

namespace warpz::test {

struct StreamFormat {
    std::uint32_t request;
    int window_bits;
    std::vector<std::uint8_t> header;  ///< software's to write and to skip
};
inline const StreamFormat kZlibStream{WARPZ_ZIP_REQUEST_ZLIB, 15, {0x78, 0x01}};
inline const StreamFormat kGzipStream{
    WARPZ_ZIP_REQUEST_GZIP, 31, {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}};
inline const StreamFormat kRawStream{WARPZ_ZIP_REQUEST_DEFLATE, -15, {}};

class StreamPackets {
  public:
    static constexpr std::uint32_t kContext = Bus::kWindow + 0x70000;
    static constexpr std::uint32_t kMaxOutput = kContext - Bus::kOut;

    StreamPackets(VdevClient& client, const StreamFormat& format)
        : client_(client), request_(format.request) {}

    warpz_zip_sqe packet(std::span<const std::uint8_t> in, std::uint32_t space, bool is_last) {
        std::ranges::copy(in, client_.region() + Bus::kIn);
        warpz_zip_sqe sqe{};
        sqe.input_length = static_cast<std::uint32_t>(in.size());
        sqe.output_length = space;
        sqe.dw7 = WARPZ_ZIP_SQE_TYPE_3 << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT | WARPZ_ZIP_DW7_STATEFUL |
                  (is_last ? WARPZ_ZIP_DW7_FINISH : 0) | (is_first_ ? WARPZ_ZIP_DW7_STREAM_NEW : 0);
        sqe.dw9 = request_ | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        sqe.source_addr[0] = Bus::kIn;
        sqe.dest_addr[0] = Bus::kOut;
        sqe.stream_ctx_addr[0] = kContext + WARPZ_ZIP_CTX_HW_OFFSET;
        if (!is_first_) {
            sqe.ctx_dw0 = last_.ctx_dw0;
            sqe.ctx_dw1 = last_.ctx_dw1;
            sqe.ctx_dw2 = last_.ctx_dw2;
            sqe.checksum = last_.checksum;
            sqe.isize = last_.isize;
        }
        const warpz_zip_sqe answer = client_.turn(sqe);
        status = RunningClient::status_of(answer);
        if (is_good()) {
            is_first_ = false;
            last_ = answer;
            const std::uint8_t* made = client_.region() + Bus::kOut;
            out.insert(out.end(), made, made + answer.produced);
        }
        return answer;
    }
    [[nodiscard]] bool is_good() const {
        return status == WARPZ_ZIP_STATUS_OK || status == WARPZ_ZIP_STATUS_NEGATIVE ||
               status == WARPZ_ZIP_STATUS_END;
    }

    /// Compresses all of it in packets of such a size, until one fails.
    void deflate(std::span<const std::uint8_t> in, std::size_t in_bytes) {
        while (at < in.size()) {
            const auto part = in.subspan(at, std::min(in_bytes, in.size() - at));
            at += packet(part, kMaxOutput, at + part.size() == in.size()).consumed;
            if (!is_good()) return;
        }
    }
    /// Decompresses from `at` on, in packets of such sizes, until it ends or `packets` are done or one fails.
    void inflate(std::span<const std::uint8_t> in, std::size_t in_bytes, std::uint32_t space,
                 unsigned packets = 100'000) {
        for (unsigned i = 0; i < packets; ++i) {
            const bool wants_drain =
                !is_first_ && (last_.ctx_dw0 & WARPZ_ZIP_CTX0_STATE_MASK) == WARPZ_ZIP_CTX_DRAIN;
            auto part = in.subspan(at, std::min(in_bytes, in.size() - at));
            if (wants_drain) part = {};
            at += packet(part, space, false).consumed;
            if (status != WARPZ_ZIP_STATUS_OK) return;
        }
    }

    unsigned status = 0;
    std::size_t at = 0;  ///< of the input
    std::vector<std::uint8_t> out;

  private:
    VdevClient& client_;
    const std::uint32_t request_;
    bool is_first_ = true;
    warpz_zip_sqe last_{};
};

}  // namespace warpz::test
