// SPDX-License-Identifier: Zlib
#include "config_space.hpp"

#include <linux/pci_regs.h>

#include <algorithm>

#include "registers.hpp"

namespace warpz::vfio_user {
namespace {

constexpr std::size_t kExpress = 0x40;
constexpr std::size_t kMsix = 0x80;
constexpr std::size_t kDeviceControl = kExpress + PCI_EXP_DEVCTL;

}  // namespace

ConfigSpace::ConfigSpace(const Layout& layout) {
    set(PCI_VENDOR_ID, 2, accelerator::kVendorId);
    set(PCI_DEVICE_ID, 2, accelerator::kDeviceId);
    set(PCI_COMMAND, 2, 0,
        PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
            PCI_COMMAND_INTX_DISABLE);
    set(PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
    set(PCI_REVISION_ID, 1, 1);
    set(PCI_CLASS_DEVICE, 2, 0x1200);  // processing accelerator
    set(PCI_CACHE_LINE_SIZE, 1, 0, 0xff);
    set(PCI_SUBSYSTEM_VENDOR_ID, 2, accelerator::kVendorId);
    set(PCI_SUBSYSTEM_ID, 2, accelerator::kDeviceId);
    set(PCI_CAPABILITY_LIST, 1, kExpress);
    set(PCI_INTERRUPT_LINE, 1, 0, 0xff);
    set_bar(kBarControl, layout.control_bytes);
    set_bar(kBarWindows, layout.windows_bytes);
    set_bar(kBarMsix, layout.msix_bytes);

    set(kExpress, 1, PCI_CAP_ID_EXP);
    set(kExpress + PCI_CAP_LIST_NEXT, 1, kMsix);
    set(kExpress + PCI_EXP_FLAGS, 2, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
    set(kExpress + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
    set(kDeviceControl, 2, PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN,
        PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
            PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_NOSNOOP_EN |
            PCI_EXP_DEVCTL_READRQ);
    set(kExpress + PCI_EXP_LNKCAP, 4, PCI_EXP_LNKCAP_SLS_2_5GB | 1U << 4);
    set(kExpress + PCI_EXP_LNKCTL, 2, 0, PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC);
    set(kExpress + PCI_EXP_LNKSTA, 2, PCI_EXP_LNKSTA_CLS_2_5GB | PCI_EXP_LNKSTA_NLW_X1);
    set(kExpress + PCI_EXP_LNKCTL2, 2, PCI_EXP_LNKCTL2_TLS_2_5GT);

    set(kMsix, 1, PCI_CAP_ID_MSIX);
    set(kMsix + PCI_MSIX_FLAGS, 2, layout.vectors - 1,
        PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    set(kMsix + PCI_MSIX_TABLE, 4, kBarMsix);
    set(kMsix + PCI_MSIX_PBA, 4, layout.pending_offset | kBarMsix);
    bytes_ = initial_;
}

void ConfigSpace::set(std::size_t offset, unsigned size, std::uint64_t value,
                      std::uint64_t writable) {
    for (unsigned i = 0; i < size; ++i) {
        initial_[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
        writable_[offset + i] = static_cast<std::uint8_t>(writable >> 8 * i);
    }
}

/// 64 bits, not prefetchable. Address bits below the size do not exist, which is how software finds it out.
void ConfigSpace::set_bar(unsigned bar, std::uint64_t bytes) {
    set(PCI_BASE_ADDRESS_0 + 4 * bar, 8, PCI_BASE_ADDRESS_MEM_TYPE_64, ~(bytes - 1));
}

void ConfigSpace::read(std::size_t offset, std::span<std::uint8_t> bytes) const noexcept {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
}

bool ConfigSpace::write(std::size_t offset, std::span<const std::uint8_t> bytes) noexcept {
    bool resets = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t at = offset + i;
        const std::uint8_t mask = writable_[at];
        bytes_[at] = static_cast<std::uint8_t>((bytes_[at] & ~mask) | (bytes[i] & mask));
        if (at == kDeviceControl + 1 && (bytes[i] & PCI_EXP_DEVCTL_BCR_FLR >> 8) != 0) {
            resets = true;
        }
    }
    return resets;
}

bool ConfigSpace::is_master() const noexcept {
    return (bytes_[PCI_COMMAND] & PCI_COMMAND_MASTER) != 0;
}

}  // namespace warpz::vfio_user
