/*
 * A stand-in for QNX's <smmu.h>, so that recorded drivers can be compiled and run anywhere: the names, types and
 * signatures that the SMMUMAN User's Guide gives (API 9, 9.1, 9.2). Values that the guide does not give are made up
 * here (SSF_DROPPED_FAULTS, SMMUMAN_SAFETY_*), and so are the types of smmu_fini() and smmu_obj_destroy().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FAKE_SMMU_H
#define FAKE_SMMU_H

#include <stdint.h>
#include <sys/types.h>

typedef uint32_t _Uint32t;
typedef uint64_t _Uint64t;

#define SMMU_ABILITY_ATTACH_NAME "smmu/attach"
#define SMMU_ABILITY_TARGET_NAME "smmu/target"
#define SMMU_PCI_FIELD_ANY (~0u)

enum { SDT_PCI, SDT_MMIO, SDT_NUM_TYPES };
enum { SMF_NONE = 0x00, SMF_READ = 0x01, SMF_WRITE = 0x02, SMF_EXEC = 0x04, SMF_VIRT = 0x08, SMF_TARGET = 0x10 };
enum { SOCF_NONE = 0x0000, SOCF_RESERVED_MANUAL = 0x0001 };
enum { SSF_DROPPED_FAULTS = 0x1 };
enum { SMMUMAN_SAFETY_ERROR = -1, SMMUMAN_SAFETY_NO = 0, SMMUMAN_SAFETY_YES = 1 };

struct smmu_devid_pci {
	unsigned type;
	unsigned bus;
	unsigned dev;
	unsigned func;
};

struct smmu_devid_mmio {
	unsigned type;
	unsigned length;
	_Uint64t phys;
};

union smmu_devid {
	unsigned type;
	struct smmu_devid_pci pci;
	struct smmu_devid_mmio mmio;
	_Uint64t __spacer[4];
};

/* `phys` shares its place with members for future use; an anonymous union is C11, so the fake leaves it out. */
struct smmu_map_entry {
	_Uint64t phys;
	_Uint64t len;
};

struct smmu_status {
	_Uint64t hw_specific;
	_Uint64t fault_addr;
	union smmu_devid devid;
	unsigned flags;
};

struct smmu_object;
struct sigevent;

int smmu_init(unsigned flags);
void smmu_fini(void);
struct smmu_object *smmu_obj_create(unsigned flags);
int smmu_obj_destroy(struct smmu_object *sop);
int smmu_device_add_generic(struct smmu_object *sop, const union smmu_devid *devid);
int smmu_device_add_pci(struct smmu_object *const sop, unsigned const pbus, unsigned const pdev, unsigned const pfunc);
int smmu_device_add_mmio(struct smmu_object *const sop, _Uint64t const phys, unsigned const len);
int smmu_mapping_add(struct smmu_object *sop, unsigned flags, pid_t pid, unsigned num_entries,
	const struct smmu_map_entry *entries, _Uint64t target);
unsigned smmu_device_report_reserved(const union smmu_devid *devid, unsigned offset, struct smmu_map_entry *resv,
	unsigned nresv);
int smmu_xfer_notify(const struct sigevent *evp);
int smmu_xfer_status(struct smmu_status *ssp);
int smmu_safety(void);

#endif
