// SPDX-License-Identifier: Zlib
// Touching memory that somebody else gives and may take away: who truncates a file makes its pages a SIGBUS for all who
// have it mapped, and so do some drivers whose device is removed.
#pragma once

#include <cstddef>

namespace warpz::vfio_user {

/// Once, before the first guarded_copy(). A SIGBUS that is not a copy's ends the process as it did before.
void install_copy_guard() noexcept;

/// In each thread that copies: a thread that blocks SIGBUS cannot be saved from it.
void admit_copy_guard() noexcept;

/// False when a page on either side was not there; what was copied until then stays. Regions do not overlap.
[[nodiscard]] bool guarded_copy(void* to, const void* from, std::size_t size) noexcept;

/// Calls `function`. False when it met such a page: it ended there, without a destructor, and nothing is known of what it
/// worked on. It makes no guarded copies.
[[nodiscard]] bool guarded_call(void (*function)(void*) noexcept, void* argument) noexcept;

}  // namespace warpz::vfio_user
