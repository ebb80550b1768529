/*
 * smmu_record_wrap: include this in place of <smmu.h>, and every call of the client API in the file is recorded. The
 * calls themselves stay as they are written:
 *
 *     #ifdef RECORD_SMMU
 *     #include "smmu_record_wrap.h"
 *     #else
 *     #include <smmu.h>
 *     #endif
 *
 * Calls go into smmu_record_current; while that is NULL they only pass through. The recorder's lock is held over a
 * call and its record, so that the order of the lines is the order of the calls (smmu_fini() and smmu_obj_destroy()
 * are recorded just before they are called: see there). errno is what the call left.
 * With SMMU_RECORD_KEEP_NAMES defined nothing is renamed, and the functions here are called by their own names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SMMU_RECORD_WRAP_H
#define SMMU_RECORD_WRAP_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include <smmu.h>

#include "smmu_record.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline struct smmu_record_devid smmu_record_devid_of_(const union smmu_devid *devid)
{
	struct smmu_record_devid out;

	memset(&out, 0, sizeof out);
	out.type = devid->type == SDT_PCI ? SMMU_RECORD_SDT_PCI
		: devid->type == SDT_MMIO ? SMMU_RECORD_SDT_MMIO : devid->type;
	if (devid->type == SDT_PCI) {
		out.bus = devid->pci.bus;
		out.dev = devid->pci.dev;
		out.func = devid->pci.func;
	} else if (devid->type == SDT_MMIO) {
		out.length = devid->mmio.length;
		out.phys = devid->mmio.phys;
	}
	return out;
}

static inline struct smmu_record_entry smmu_record_entry_at_(const void *entries, unsigned index)
{
	const struct smmu_map_entry *entry = (const struct smmu_map_entry *)entries + index;
	struct smmu_record_entry out;

	out.phys = entry->phys;
	out.len = entry->len;
	return out;
}

static inline void smmu_record_begin_(struct smmu_recorder *recorder)
{
	if (recorder != NULL)
		smmu_record_lock(recorder);
}

/* Gives back errno as the call left it: the record's way out may have changed it. */
static inline void smmu_record_end_(struct smmu_recorder *recorder, int err)
{
	if (recorder != NULL)
		smmu_record_unlock(recorder);
	errno = err;
}

static inline int smmu_recorded_init(unsigned flags)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_init(flags);
	err = errno;
	if (recorder != NULL)
		(void)smmu_record_init(recorder, flags, returns, err);
	smmu_record_end_(recorder, err);
	return returns;
}

static inline struct smmu_object *smmu_recorded_obj_create(unsigned flags)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	struct smmu_object *created;
	int err;

	smmu_record_begin_(recorder);
	created = smmu_obj_create(flags);
	err = errno;
	if (recorder != NULL)
		(void)smmu_record_obj_create(recorder, flags, NULL, created, err);
	smmu_record_end_(recorder, err);
	return created;
}

static inline int smmu_recorded_device_add_generic(struct smmu_object *sop, const union smmu_devid *devid)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_device_add_generic(sop, devid);
	err = errno;
	if (recorder != NULL && devid == NULL) {
		(void)smmu_record_device_add_generic(recorder, sop, NULL, returns, err);
	} else if (recorder != NULL) {
		const struct smmu_record_devid device = smmu_record_devid_of_(devid);

		(void)smmu_record_device_add_generic(recorder, sop, &device, returns, err);
	}
	smmu_record_end_(recorder, err);
	return returns;
}

static inline int smmu_recorded_device_add_pci(struct smmu_object *sop, unsigned pbus, unsigned pdev, unsigned pfunc)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_device_add_pci(sop, pbus, pdev, pfunc);
	err = errno;
	if (recorder != NULL)
		(void)smmu_record_device_add_pci(recorder, sop, pbus, pdev, pfunc, returns, err);
	smmu_record_end_(recorder, err);
	return returns;
}

static inline int smmu_recorded_device_add_mmio(struct smmu_object *sop, uint64_t phys, unsigned len)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_device_add_mmio(sop, phys, len);
	err = errno;
	if (recorder != NULL)
		(void)smmu_record_device_add_mmio(recorder, sop, phys, len, returns, err);
	smmu_record_end_(recorder, err);
	return returns;
}

static inline int smmu_recorded_mapping_add(struct smmu_object *sop, unsigned flags, pid_t pid, unsigned num_entries,
	const struct smmu_map_entry *entries, uint64_t target)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_mapping_add(sop, flags, pid, num_entries, entries, target);
	err = errno;
	if (recorder != NULL)
		(void)smmu_record_mapping_add(recorder, sop, flags, (long)pid, num_entries, entries,
			smmu_record_entry_at_, target, returns, err);
	smmu_record_end_(recorder, err);
	return returns;
}

static inline unsigned smmu_recorded_device_report_reserved(const union smmu_devid *devid, unsigned offset,
	struct smmu_map_entry *resv, unsigned nresv)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	unsigned returns;
	int err;

	smmu_record_begin_(recorder);
	returns = smmu_device_report_reserved(devid, offset, resv, nresv);
	err = errno;
	if (recorder != NULL) {
		struct smmu_record_devid device;

		if (devid != NULL)
			device = smmu_record_devid_of_(devid);
		(void)smmu_record_device_report_reserved(recorder, devid == NULL ? NULL : &device, offset, resv, nresv,
			smmu_record_entry_at_, returns, err);
	}
	smmu_record_end_(recorder, err);
	return returns;
}

static inline int smmu_recorded_xfer_notify(const struct sigevent *evp)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_xfer_notify(evp);
	err = errno;
	if (recorder != NULL)
		(void)smmu_record_xfer_notify(recorder, evp, returns, err);
	smmu_record_end_(recorder, err);
	return returns;
}

/*
 * How "no record" is told is not documented (G-30). The structure is cleared before the call: one that is still clear
 * afterwards, or a call that failed, fetched nothing.
 */
static inline int smmu_recorded_xfer_status(struct smmu_status *ssp)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	if (recorder != NULL && ssp != NULL)
		memset(ssp, 0, sizeof *ssp);
	returns = smmu_xfer_status(ssp);
	err = errno;
	if (recorder != NULL) {
		struct smmu_record_status status;
		int fetched = 0;

		if (returns >= 0 && ssp != NULL) {
			const unsigned char *bytes = (const unsigned char *)ssp;
			size_t i;

			for (i = 0; i < sizeof *ssp; i++)
				fetched |= bytes[i] != 0;
			status.hw_specific = ssp->hw_specific;
			status.fault_addr = ssp->fault_addr;
			status.devid = smmu_record_devid_of_(&ssp->devid);
			status.flags = ssp->flags;
			status.dropped_faults = SSF_DROPPED_FAULTS;
		}
		(void)smmu_record_xfer_status(recorder, fetched ? &status : NULL, returns, err);
	}
	smmu_record_end_(recorder, err);
	return returns;
}

static inline int smmu_recorded_safety(void)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	int returns, err;

	smmu_record_begin_(recorder);
	returns = smmu_safety();
	err = errno;
	if (recorder != NULL) {
		const char *name = returns == SMMUMAN_SAFETY_YES ? "SMMUMAN_SAFETY_YES"
			: returns == SMMUMAN_SAFETY_NO ? "SMMUMAN_SAFETY_NO"
			: returns == SMMUMAN_SAFETY_ERROR ? "SMMUMAN_SAFETY_ERROR" : NULL;

		(void)smmu_record_safety(recorder, name, returns == SMMUMAN_SAFETY_ERROR ? err : 0);
	}
	smmu_record_end_(recorder, err);
	return returns;
}

/*
 * The signatures of smmu_fini() and smmu_obj_destroy() are not documented (G-28), so these two are recorded just
 * before the call and without what it returned; the calls then compile whatever their type is.
 */
static inline void smmu_recorded_before_fini(void)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	const int err = errno;

	smmu_record_begin_(recorder);
	if (recorder != NULL)
		(void)smmu_record_fini(recorder, SMMU_RECORD_NOT_KNOWN, 0);
	smmu_record_end_(recorder, err);
}

static inline struct smmu_object *smmu_recorded_before_obj_destroy(struct smmu_object *sop)
{
	struct smmu_recorder *const recorder = smmu_record_current;
	const int err = errno;

	smmu_record_begin_(recorder);
	if (recorder != NULL)
		(void)smmu_record_obj_destroy(recorder, sop, SMMU_RECORD_NOT_KNOWN, 0);
	smmu_record_end_(recorder, err);
	return sop;
}

#ifdef __cplusplus
}
#endif

#ifndef SMMU_RECORD_KEEP_NAMES
#define smmu_init smmu_recorded_init
#define smmu_fini() (smmu_recorded_before_fini(), smmu_fini())
#define smmu_obj_create smmu_recorded_obj_create
#define smmu_obj_destroy(sop) smmu_obj_destroy(smmu_recorded_before_obj_destroy(sop))
#define smmu_device_add_generic smmu_recorded_device_add_generic
#define smmu_device_add_pci smmu_recorded_device_add_pci
#define smmu_device_add_mmio smmu_recorded_device_add_mmio
#define smmu_mapping_add smmu_recorded_mapping_add
#define smmu_device_report_reserved smmu_recorded_device_report_reserved
#define smmu_xfer_notify smmu_recorded_xfer_notify
#define smmu_xfer_status smmu_recorded_xfer_status
#define smmu_safety smmu_recorded_safety
#endif

#endif
