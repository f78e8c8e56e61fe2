// SPDX-License-Identifier: Zlib
// Symbol lookup in one loaded object; see elf_image.hpp.
#include "shim/elf_image.hpp"

namespace warpz::shim {
namespace {

constexpr ElfW(Half) kHiddenVersion = 0x8000;  // versym: not the default version of its name

}  // namespace

ElfImage::ElfImage(ElfW(Addr) base, const ElfW(Dyn) * dynamic) noexcept
    : base_(base), dynamic_(dynamic) {
    if (dynamic == nullptr) return;
    // glibc relocates these pointers in place for most objects, but not for the vDSO.
    const auto address = [base](const ElfW(Dyn) & entry) {
        const ElfW(Addr) value = entry.d_un.d_ptr;
        return reinterpret_cast<const void*>(value < base ? base + value : value);
    };
    for (const ElfW(Dyn)* entry = dynamic; entry->d_tag != DT_NULL; ++entry) {
        switch (entry->d_tag) {
            case DT_SYMTAB:
                symbols_ = static_cast<const ElfW(Sym)*>(address(*entry));
                break;
            case DT_STRTAB:
                strings_ = static_cast<const char*>(address(*entry));
                break;
            case DT_VERSYM:
                versions_ = static_cast<const ElfW(Half)*>(address(*entry));
                break;
            case DT_GNU_HASH:
                gnu_hash_ = static_cast<const std::uint32_t*>(address(*entry));
                break;
            case DT_HASH:
                sysv_hash_ = static_cast<const std::uint32_t*>(address(*entry));
                break;
            case DT_SONAME:
                soname_offset_ = &entry->d_un.d_val;
                break;
            default:
                break;
        }
    }
}

const char* ElfImage::soname() const noexcept {
    if (strings_ == nullptr || soname_offset_ == nullptr) return "";
    return strings_ + *soname_offset_;
}

void* ElfImage::find(const char* name) const noexcept {
    if (symbols_ == nullptr || strings_ == nullptr) return nullptr;
    if (gnu_hash_ != nullptr) return find_gnu(name);
    return sysv_hash_ != nullptr ? find_sysv(name) : nullptr;
}

bool ElfImage::is_shim() const noexcept { return dynamic_ == _DYNAMIC; }

void* ElfImage::match(std::uint32_t index, const char* name) const noexcept {
    const ElfW(Sym)& symbol = symbols_[index];
    if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) return nullptr;
    if (versions_ != nullptr && (versions_[index] & kHiddenVersion) != 0) return nullptr;
    if (!is_same(strings_ + symbol.st_name, name)) return nullptr;
    return reinterpret_cast<void*>(base_ + symbol.st_value);
}

void* ElfImage::find_gnu(const char* name) const noexcept {
    std::uint32_t hash = 5381;
    for (const char* c = name; *c != '\0'; ++c) hash = hash * 33 + static_cast<unsigned char>(*c);

    // Header of four words, a Bloom filter of address-sized words, the buckets, then one word per
    // hashed symbol.
    const std::uint32_t bucket_count = gnu_hash_[0];
    const std::uint32_t first_symbol = gnu_hash_[1];
    const std::uint32_t bloom_words = gnu_hash_[2];
    const auto* bloom = reinterpret_cast<const ElfW(Addr)*>(gnu_hash_ + 4);
    const auto* buckets = reinterpret_cast<const std::uint32_t*>(bloom + bloom_words);
    const std::uint32_t* chain = buckets + bucket_count;
    if (bucket_count == 0) return nullptr;

    std::uint32_t index = buckets[hash % bucket_count];
    if (index < first_symbol) return nullptr;
    for (;; ++index) {
        const std::uint32_t entry = chain[index - first_symbol];  // bit 0 ends the chain
        if ((entry | 1) == (hash | 1)) {
            if (void* found = match(index, name)) return found;
        }
        if ((entry & 1) != 0) return nullptr;
    }
}

void* ElfImage::find_sysv(const char* name) const noexcept {
    std::uint32_t hash = 0;
    for (const char* c = name; *c != '\0'; ++c) {
        hash = (hash << 4) + static_cast<unsigned char>(*c);
        const std::uint32_t high = hash & 0xf000'0000;
        hash = (hash ^ (high >> 24)) & ~high;
    }
    const std::uint32_t bucket_count = sysv_hash_[0];
    const std::uint32_t* buckets = sysv_hash_ + 2;
    const std::uint32_t* chain = buckets + bucket_count;
    if (bucket_count == 0) return nullptr;
    for (std::uint32_t index = buckets[hash % bucket_count]; index != STN_UNDEF;
         index = chain[index]) {
        if (void* found = match(index, name)) return found;
    }
    return nullptr;
}

}  // namespace warpz::shim
