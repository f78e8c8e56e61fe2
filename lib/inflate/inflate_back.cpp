// SPDX-License-Identifier: Zlib
// The callback interface over the resumable inflater; see inflate_back.hpp. The moments of the calls are zlib's:
// input is asked for when a symbol needs it, output is handed over when the buffer is full and more is to come.
#include "inflate/inflate_back.hpp"

namespace warpz::inflate {

void BackInflater::bind(std::uint8_t* buffer, unsigned window_bits,
                        std::uint8_t* history) noexcept {
    buffer_ = buffer;
    buffer_bytes_ = std::size_t{1} << window_bits;
    window_bits_ = window_bits;
    inflater_.window.bytes = history;
    inflater_.set_output_is_window(static_cast<std::uint32_t>(buffer_bytes_));
}

Status BackInflater::run(const std::uint8_t*& in, std::size_t& in_size,
                         const BackCallbacks& callbacks, FormatError& error) noexcept {
    BitReader reader;
    reader.next = in;
    reader.end = in != nullptr ? in + in_size : nullptr;
    Output out{buffer_, buffer_, buffer_ + buffer_bytes_, buffer_ + buffer_bytes_};
    inflater_.start(false);
    inflater_.window.forget();
    inflater_.window.activate(window_bits_);
    error = FormatError::kNone;

    Status status = Status::kOk;
    while (status == Status::kOk) {
        switch (inflater_.run(reader, out, StopAt::kNowhere)) {
            case Outcome::kNeedInput: {
                const std::uint8_t* bytes = reader.next;
                const std::size_t size = callbacks.pull(callbacks.pull_context, &bytes);
                reader.next = size != 0 ? bytes : nullptr;
                reader.end = size != 0 ? bytes + size : nullptr;
                if (size == 0) status = Status::kNeedInput;
                break;
            }
            case Outcome::kNeedOutput:
                inflater_.window.append(out.next, out.produced());
                out.next = out.begin;
                if (!callbacks.push(callbacks.push_context, buffer_, buffer_bytes_)) {
                    status = Status::kNeedOutput;
                }
                break;
            case Outcome::kFinished:
                status = Status::kStreamEnd;
                break;
            case Outcome::kBadData:
                error = inflater_.error();
                status = Status::kBadData;
                break;
            case Outcome::kPaused:
            case Outcome::kStopped:
                break;
        }
    }
    if (out.produced() != 0 && !callbacks.push(callbacks.push_context, buffer_, out.produced()) &&
        status == Status::kStreamEnd) {
        status = Status::kNeedOutput;
    }
    in = reader.next;
    in_size = reader.available();
    return status;
}

}  // namespace warpz::inflate
