/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See shared_addresses.h. QEMU has these functions since 10.2 and uses them for Intel's IOMMU from 11.1 on
 * (include/hw/pci/pci.h there). The headers that this is built with are older, hence declarations of our own: they are weak,
 * so that one object serves every version, and say what QEMU's say.
 */
#include "qemu/osdep.h"

#include <pthread.h>

#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "hw/pci/pcie.h"
#include "qemu/main-loop.h"

#include "bus.h"
#include "shared_addresses.h"

enum page_response {
    PAGE_RESPONSE_SUCCESS,
    PAGE_RESPONSE_INVALID,
    PAGE_RESPONSE_FAILURE,
};

struct pri_response {
    int code; /* enum page_response */
    uint16_t group;
};

struct pri_notifier {
    void (*notify)(struct pri_notifier *notifier, struct pri_response *response);
};

/* One translation, and room for what later versions may add to it. */
union translation {
    IOMMUTLBEntry entry;
    uint8_t room[256];
};

#define WEAK __attribute__((weak))
WEAK void pcie_pasid_init(PCIDevice *device, uint16_t offset, uint8_t width, bool may_execute, bool is_privileged);
WEAK void pcie_pri_init(PCIDevice *device, uint16_t offset, uint32_t most_requests, bool response_has_pasid);
WEAK bool pcie_pasid_enabled(const PCIDevice *device);
WEAK bool pcie_ats_enabled(const PCIDevice *device);
WEAK bool pcie_pri_enabled(const PCIDevice *device);
WEAK uint32_t pcie_pri_get_req_alloc(const PCIDevice *device);
WEAK ssize_t pci_ats_request_translation(PCIDevice *device, uint32_t pasid, bool is_privileged, bool executes,
                                         hwaddr address, size_t length, bool is_read_only, IOMMUTLBEntry *result,
                                         size_t results, uint32_t *untranslated);
WEAK int pci_pri_request_page(PCIDevice *device, uint32_t pasid, bool is_privileged, bool executes, hwaddr address,
                              bool is_last, uint16_t group, bool reads, bool writes);
WEAK int pci_pri_register_notifier(PCIDevice *device, uint32_t pasid, struct pri_notifier *notifier);
WEAK void pci_pri_unregister_notifier(PCIDevice *device, uint32_t pasid);

enum {
    PASID_BITS = 20,
    GROUPS = 512, /* a page request group's index has 9 bits; a group is one request here */
    PAGE_BYTES = 4096,
};

enum group_state {
    GROUP_FREE,
    GROUP_ASKED,
    GROUP_ANSWERED,
    GROUP_FORGOTTEN, /* a reset came first: the answer is dropped, if it comes at all */
};

/*
 * Requests and their answers. Answers come under the big lock, by the guest's write to its IOMMU; who waits for one has
 * let go of it, hence the mutex, which is taken inside of the big lock. Waiters outlive the device.
 */
struct shared_addresses {
    struct pri_notifier notifier; /* first: what QEMU hands back */
    PCIDevice *device;            /* null once it is gone; under the big lock */
    GHashTable *pasids;           /* for which the notifier was registered; under the big lock */
    pthread_mutex_t mutex;        /* of everything below */
    pthread_cond_t changed;
    enum group_state state[GROUPS];
    int code[GROUPS];
    unsigned asked;
    unsigned resets;
    unsigned waiters; /* threads inside of shared_addresses_request() */
    bool is_gone;
};

bool shared_addresses_are_there(void)
{
    return pcie_pasid_init && pcie_pri_init && pcie_pasid_enabled && pcie_ats_enabled && pcie_pri_enabled &&
           pcie_pri_get_req_alloc && pci_ats_request_translation && pci_pri_request_page &&
           pci_pri_register_notifier && pci_pri_unregister_notifier;
}

static void on_response(struct pri_notifier *notifier, struct pri_response *response)
{
    struct shared_addresses *shared = container_of(notifier, struct shared_addresses, notifier);
    const unsigned group = response->group % GROUPS;

    pthread_mutex_lock(&shared->mutex);
    if (shared->state[group] == GROUP_ASKED) {
        shared->state[group] = GROUP_ANSWERED;
        shared->code[group] = response->code;
        pthread_cond_broadcast(&shared->changed);
    } else if (shared->state[group] == GROUP_FORGOTTEN) {
        shared->state[group] = GROUP_FREE;
        pthread_cond_broadcast(&shared->changed);
    }
    pthread_mutex_unlock(&shared->mutex);
}

struct shared_addresses *shared_addresses_create(PCIDevice *device)
{
    struct shared_addresses *shared = g_new0(struct shared_addresses, 1);

    shared->notifier.notify = on_response;
    shared->device = device;
    shared->pasids = g_hash_table_new(g_direct_hash, g_direct_equal);
    pthread_mutex_init(&shared->mutex, NULL);
    pthread_cond_init(&shared->changed, NULL);
    pcie_ats_init(device, ATS_OFFSET, true);
    pcie_pasid_init(device, PASID_OFFSET, PASID_BITS, false, false);
    pcie_pri_init(device, PRI_OFFSET, GROUPS, true);
    return shared;
}

static void free_shared(struct shared_addresses *shared)
{
    pthread_cond_destroy(&shared->changed);
    pthread_mutex_destroy(&shared->mutex);
    g_free(shared);
}

/* Whoever waits finds its request refused; the mutex is held. */
static void forget_requests(struct shared_addresses *shared)
{
    for (unsigned group = 0; group < GROUPS; group++) {
        if (shared->state[group] == GROUP_ASKED) {
            shared->state[group] = GROUP_FORGOTTEN;
        }
    }
    pthread_cond_broadcast(&shared->changed);
}

void shared_addresses_reset(struct shared_addresses *shared)
{
    pthread_mutex_lock(&shared->mutex);
    shared->resets++;
    forget_requests(shared);
    pthread_mutex_unlock(&shared->mutex);
}

static void unregister(gpointer pasid, gpointer value, gpointer device)
{
    pci_pri_unregister_notifier(device, GPOINTER_TO_UINT(pasid));
}

void shared_addresses_destroy(struct shared_addresses *shared)
{
    bool is_last;

    g_hash_table_foreach(shared->pasids, unregister, shared->device);
    g_hash_table_destroy(shared->pasids);
    shared->device = NULL;
    pthread_mutex_lock(&shared->mutex);
    shared->is_gone = true;
    forget_requests(shared);
    is_last = shared->waiters == 0;
    pthread_mutex_unlock(&shared->mutex);
    if (is_last) {
        free_shared(shared);
    }
}

bool shared_addresses_are_enabled(PCIDevice *device)
{
    return pcie_pasid_enabled(device) && pcie_ats_enabled(device) && pcie_pri_enabled(device);
}

/*
 * Translation and access are one step under the big lock, and no translation is kept: the IOMMU cannot invalidate one
 * in between.
 */
enum warpz_access shared_addresses_copy(PCIDevice *device, uint32_t pasid, uint64_t address, void *bytes, size_t size,
                                        bool writes)
{
    const IOMMUAccessFlags needed = writes ? IOMMU_WO : IOMMU_RO;
    union translation found;
    uint32_t untranslated = 0;
    uint64_t physical;
    ssize_t count;

    memset(&found, 0, sizeof found);
    count = pci_ats_request_translation(device, pasid, false, false, address & ~(uint64_t)(PAGE_BYTES - 1), PAGE_BYTES,
                                        !writes, &found.entry, 1, &untranslated);
    if (count == -EPERM || count == -ENODEV) {
        return WARPZ_ACCESS_ERROR;
    }
    if (count != 1 || untranslated != 0 || (found.entry.perm & needed) != needed) {
        return WARPZ_ACCESS_REFUSED;
    }
    physical = (found.entry.translated_addr & ~found.entry.addr_mask) | (address & found.entry.addr_mask);
    return address_space_rw(&address_space_memory, physical, MEMTXATTRS_UNSPECIFIED, bytes, size, writes) == MEMTX_OK
               ? WARPZ_ACCESS_OK : WARPZ_ACCESS_ERROR;
}

/* A group for a new request, within what the guest allows to be under way; -1: none is free. The mutex is held. */
static int take_group(struct shared_addresses *shared, unsigned most)
{
    int forgotten = -1;

    if (shared->asked >= most) {
        return -1;
    }
    for (int group = 0; group < GROUPS; group++) {
        if (shared->state[group] == GROUP_FREE) {
            return group;
        }
        if (shared->state[group] == GROUP_FORGOTTEN) {
            forgotten = group;
        }
    }
    return forgotten;
}

static enum warpz_access outcome_of(int code)
{
    switch (code) {
    case PAGE_RESPONSE_SUCCESS:
        return WARPZ_ACCESS_OK;
    case PAGE_RESPONSE_INVALID:
        return WARPZ_ACCESS_REFUSED;
    default:
        return WARPZ_ACCESS_FAILURE;
    }
}

/* Waits with the mutex held, without the big lock. */
static enum warpz_access wait_for(struct shared_addresses *shared, int group)
{
    enum warpz_access outcome = WARPZ_ACCESS_REFUSED;

    while (shared->state[group] == GROUP_ASKED) {
        pthread_cond_wait(&shared->changed, &shared->mutex);
    }
    if (shared->state[group] == GROUP_ANSWERED) {
        outcome = outcome_of(shared->code[group]);
        shared->state[group] = GROUP_FREE;
        pthread_cond_broadcast(&shared->changed);
    }
    return outcome;
}

enum warpz_access shared_addresses_request(struct shared_addresses *shared, uint32_t pasid, uint64_t address,
                                           bool writes)
{
    enum warpz_access outcome = WARPZ_ACCESS_REFUSED;
    unsigned resets;
    bool is_last;
    int group = -1;

    pthread_mutex_lock(&shared->mutex);
    shared->waiters++;
    resets = shared->resets;
    /* What was to be asked before a reset is not asked after it. */
    while (!shared->is_gone && shared->resets == resets) {
        group = take_group(shared, pcie_pri_get_req_alloc(shared->device));
        if (group >= 0 || !pcie_pri_enabled(shared->device)) {
            break;
        }
        /* All are under way. */
        bql_unlock();
        pthread_cond_wait(&shared->changed, &shared->mutex);
        pthread_mutex_unlock(&shared->mutex);
        bql_lock();
        pthread_mutex_lock(&shared->mutex);
    }
    if (group >= 0) {
        shared->state[group] = GROUP_ASKED;
        shared->asked++;
        pthread_mutex_unlock(&shared->mutex);
        /* The address space of a PASID may have come anew since the last time. */
        g_hash_table_add(shared->pasids, GUINT_TO_POINTER(pasid));
        int error = pci_pri_register_notifier(shared->device, pasid, &shared->notifier);

        if (error == 0) {
            error = pci_pri_request_page(shared->device, pasid, false, false, address & ~(uint64_t)(PAGE_BYTES - 1),
                                         true, (uint16_t)group, true, writes);
        }
        bql_unlock();
        pthread_mutex_lock(&shared->mutex);
        if (error == 0) {
            outcome = wait_for(shared, group);
        } else {
            /* Page requests are off; else it is this one: its process is gone, or the IOMMU has no room. */
            shared->state[group] = GROUP_FREE;
            outcome = error == -EPERM ? WARPZ_ACCESS_FAILURE : WARPZ_ACCESS_REFUSED;
        }
        shared->asked--;
        pthread_cond_broadcast(&shared->changed);
        pthread_mutex_unlock(&shared->mutex);
        bql_lock();
        pthread_mutex_lock(&shared->mutex);
    }
    is_last = --shared->waiters == 0 && shared->is_gone;
    pthread_mutex_unlock(&shared->mutex);
    if (is_last) {
        free_shared(shared);
    }
    return outcome;
}
