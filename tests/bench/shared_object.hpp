// SPDX-License-Identifier: Zlib
// A shared object loaded so that it can only use its own functions: local scope, own symbols first,
// and a proof that each function that is asked for lies in the file that was asked for.
#pragma once

#include <string>

namespace warpz::bench {

class SharedObject {
  public:
    /// Loads `file`. A name without a slash is searched as the dynamic linker does. Throws
    /// std::runtime_error when there is none, when another name already loaded the same file, or
    /// when zlib's functions are visible to the whole process (a preloaded libz would answer for
    /// all).
    explicit SharedObject(const std::string& file);

    /// The file's real path.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Sets `function`; throws when the name is missing or is another object's.
    template <class Function>
    void resolve(const char* name, Function*& function) const {
        function = reinterpret_cast<Function*>(address_of(name));
    }

  private:
    [[nodiscard]] void* address_of(const char* name) const;

    void* handle_ = nullptr;  // stays open: the functions are used until the process ends
    std::string path_;
};

}  // namespace warpz::bench
