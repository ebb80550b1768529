/*
 * A small SD-card driver in the order that the guide gives (CM-1), recorded. All that recording adds to a driver is
 * the include below and what stands between the two lines marked "recording".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "smmu_record_wrap.h"

/* ---- recording: where lines go, what time it is, and who may speak ---- */

static pthread_mutex_t record_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct smmu_recorder recorder;
static char record_line[8192];
static int record_fd = -1;

static void record_write(void *context, const char *line, size_t length)
{
	(void)context;
	while (length > 0) {
		ssize_t written = write(record_fd, line, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		line += written;
		length -= (size_t)written;
	}
}

static uint64_t record_now(void *context)
{
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void record_lock(void *context)
{
	pthread_mutex_lock(context);
}

static void record_unlock(void *context)
{
	pthread_mutex_unlock(context);
}

static int record_open(const char *file)
{
	static const char *const abilities[] = { SMMU_ABILITY_ATTACH_NAME };
	struct smmu_record_config config;

	record_fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (record_fd < 0)
		return -1;
	memset(&config, 0, sizeof config);
	config.write = record_write;
	config.now = record_now;
	config.lock = record_lock;
	config.unlock = record_unlock;
	config.context = &record_mutex;
	config.buffer = record_line;
	config.buffer_size = sizeof record_line;
	config.boot = "sdmmc";
	config.family = "smmuv2";
	config.client = "devb-sdmmc";
	config.abilities = abilities;
	config.abilities_count = 1;
	if (smmu_record_open(&recorder, &config) != 0)
		return -1;
	smmu_record_current = &recorder;
	return 0;
}

/* A transfer that this driver is about to start; only a driver knows its descriptors. */
static void record_transfer(uint64_t address, uint64_t length, char access)
{
	struct smmu_record_devid device;

	memset(&device, 0, sizeof device);
	device.type = SMMU_RECORD_SDT_PCI;
	device.dev = 18;
	smmu_record_lock(&recorder);
	(void)smmu_record_dma(&recorder, &device, address, length, access, SMMU_RECORD_NOT_OBSERVED);
	smmu_record_unlock(&recorder);
}

/* ---- recording: end ---- */

static void drain_faults(void)
{
	struct smmu_status status;

	while (smmu_xfer_status(&status) >= 0)
		;
}

static void list_reserved(const union smmu_devid *devid)
{
	struct smmu_map_entry entries[2];
	unsigned offset = 0;

	for (;;) {
		unsigned found = smmu_device_report_reserved(devid, offset, entries, 2);

		if (found == 0 || found == (unsigned)-1)
			return;
		offset += found < 2 ? found : 2;
	}
}

int main(int argc, char **argv)
{
	struct smmu_object *rings, *data;
	struct smmu_map_entry entries[2];
	union smmu_devid card;
	struct sigevent event;

	if (argc != 2 || record_open(argv[1]) != 0) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	if (smmu_init(0) < 0)
		return 1;
	(void)smmu_safety();
	memset(&event, 0, sizeof event);
	(void)smmu_xfer_notify(&event);

	memset(&card, 0, sizeof card);
	card.pci.type = SDT_PCI;
	card.pci.dev = 18;
	list_reserved(&card);

	rings = smmu_obj_create(SOCF_NONE);
	if (rings == NULL || smmu_device_add_pci(rings, 0, 18, 0) < 0)
		return 1;
	entries[0].phys = 0x7f000000;
	entries[0].len = 0x1000;
	entries[1].phys = UINT64_C(0x8870ad5000);
	entries[1].len = 0x2000;
	(void)smmu_mapping_add(rings, SMF_READ | SMF_WRITE, 0, 2, entries, 0);
	record_transfer(0x7f000040, 512, 'r');
	drain_faults();

	/* Moved to an object that has mappings already: +1, so they are reissued (CM-9). */
	data = smmu_obj_create(SOCF_NONE);
	if (data == NULL)
		return 1;
	(void)smmu_mapping_add(data, SMF_READ, 0, 1, entries, 0);
	if (smmu_device_add_generic(data, &card) == 1)
		(void)smmu_mapping_add(data, SMF_READ, 0, 1, entries, 0);

	/* What the guide says is refused. */
	if (smmu_device_add_pci(data, 0, 31, 3) != -1 || errno != EBUSY)
		return 1;
	if (smmu_device_add_pci(data, 9, SMMU_PCI_FIELD_ANY, 0) != -1 || errno != ENOENT)
		return 1;
	if (smmu_mapping_add(data, SMF_READ | SMF_TARGET, 0, 1, entries, 0x1000) != -1 || errno != EPERM)
		return 1;
	if (smmu_obj_create(SOCF_RESERVED_MANUAL) != NULL || errno != EPERM)
		return 1;
	(void)smmu_device_add_mmio(data, 0xe6ef0000, 0x1000);
	(void)smmu_device_add_mmio(NULL, 0xe6ef0000, 0x1000);

	(void)smmu_mapping_add(data, SMF_NONE, 0, 1, entries, 0);
	(void)smmu_device_add_generic(NULL, &card);
	(void)smmu_obj_destroy(data);
	(void)smmu_obj_destroy(rings);
	smmu_fini();
	(void)smmu_record_exit(&recorder);
	return 0;
}
