/*
 * A fake libsmmu with just enough behaviour for a driver to meet each documented return (API 9): one client, a few
 * objects, a device that another client owns (pci 0:31.3), one that no unit controls (pci 9:0.0), and one fault.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "smmu.h"

enum { OBJECTS_MAX = 100, RESERVED = 3 };

struct smmu_object {
	int alive;
	int mapped;
};

/* Like the real one, the fake may be called by several threads at once. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct smmu_object objects[OBJECTS_MAX];
static int connected;
static int faults_pending = 1;

static int fail(int err)
{
	errno = err;
	return -1;
}

int smmu_init(unsigned flags)
{
	if (flags != 0)
		return fail(EINVAL);
	connected = 1;
	return 0;
}

void smmu_fini(void)
{
	connected = 0;
	memset(objects, 0, sizeof objects);
}

struct smmu_object *smmu_obj_create(unsigned flags)
{
	struct smmu_object *created = NULL;
	int i;

	pthread_mutex_lock(&mutex);
	for (i = 0; connected && flags == SOCF_NONE && created == NULL && i < OBJECTS_MAX; i++) {
		if (!objects[i].alive) {
			created = &objects[i];
			created->alive = 1;
			created->mapped = 0;
		}
	}
	pthread_mutex_unlock(&mutex);
	if (created == NULL)
		errno = !connected ? EBADF : flags != SOCF_NONE ? EPERM : ENOMEM;
	return created;
}

int smmu_obj_destroy(struct smmu_object *sop)
{
	int alive;

	pthread_mutex_lock(&mutex);
	alive = sop != NULL && sop->alive;
	if (alive)
		sop->alive = 0;
	pthread_mutex_unlock(&mutex);
	return alive ? 0 : fail(EINVAL);
}

int smmu_device_add_generic(struct smmu_object *sop, const union smmu_devid *devid)
{
	if (!connected)
		return fail(EBADF);
	if (devid == NULL)
		return fail(EFAULT);
	if (devid->type >= SDT_NUM_TYPES)
		return fail(EINVAL);
	if (devid->type == SDT_PCI && devid->pci.bus == 9)
		return fail(ENOENT);
	if (devid->type == SDT_PCI && devid->pci.dev == 31 && devid->pci.func == 3)
		return fail(sop == NULL ? ENOENT : EBUSY);
	/* CM-9: the object's mappings must be reissued. */
	return sop != NULL && sop->mapped ? 1 : 0;
}

int smmu_device_add_pci(struct smmu_object *const sop, unsigned const pbus, unsigned const pdev, unsigned const pfunc)
{
	union smmu_devid devid;

	memset(&devid, 0, sizeof devid);
	devid.pci.type = SDT_PCI;
	devid.pci.bus = pbus;
	devid.pci.dev = pdev;
	devid.pci.func = pfunc;
	return smmu_device_add_generic(sop, &devid);
}

int smmu_device_add_mmio(struct smmu_object *const sop, _Uint64t const phys, unsigned const len)
{
	union smmu_devid devid;

	memset(&devid, 0, sizeof devid);
	devid.mmio.type = SDT_MMIO;
	devid.mmio.length = len;
	devid.mmio.phys = phys;
	return smmu_device_add_generic(sop, &devid);
}

int smmu_mapping_add(struct smmu_object *sop, unsigned flags, pid_t pid, unsigned num_entries,
	const struct smmu_map_entry *entries, _Uint64t target)
{
	(void)pid;
	(void)target;
	if (!connected)
		return fail(EBADF);
	if (flags & SMF_TARGET)
		return fail(EPERM);
	if (sop == NULL || num_entries == 0 || entries == NULL || (flags & ~7u) != 0)
		return fail(EINVAL);
	sop->mapped = 1;
	return 0;
}

unsigned smmu_device_report_reserved(const union smmu_devid *devid, unsigned offset, struct smmu_map_entry *resv,
	unsigned nresv)
{
	unsigned i;

	if (devid == NULL || devid->type != SDT_PCI)
		return (unsigned)fail(EINVAL);
	for (i = 0; offset + i < RESERVED && i < nresv; i++) {
		resv[i].phys = 0x7b800000u + (_Uint64t)(offset + i) * 0x100000u;
		resv[i].len = 0x100000u;
	}
	return offset >= RESERVED ? 0 : RESERVED - offset;
}

int smmu_xfer_notify(const struct sigevent *evp)
{
	return evp == NULL ? fail(EINVAL) : 0;
}

int smmu_xfer_status(struct smmu_status *ssp)
{
	if (faults_pending == 0)
		return fail(EAGAIN);
	faults_pending--;
	memset(ssp, 0, sizeof *ssp);
	ssp->hw_specific = 0x5;
	ssp->fault_addr = UINT64_C(0xffffffff70ad5000);
	ssp->devid.pci.type = SDT_PCI;
	ssp->devid.pci.dev = 18;
	ssp->flags = SSF_DROPPED_FAULTS;
	return 0;
}

int smmu_safety(void)
{
	return connected ? SMMUMAN_SAFETY_NO : fail(EBADF);
}
