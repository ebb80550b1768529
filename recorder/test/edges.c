/*
 * Drives the recorder without any driver: `edges CASE` writes one recording to standard output. Each case is a rule
 * that test/recorder/ checks; what it is about stands there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "smmu_record.h"

static char buffer[65536];
static struct smmu_recorder recorder;
static struct smmu_record_config config;
static uint64_t clock_readings[8];
static unsigned clock_index;
/* Handles need only be different addresses. */
static char handles[SMMU_RECORD_OBJECTS_MAX + 8];

static void write_line(void *context, const char *line, size_t length)
{
	(void)context;
	fwrite(line, 1, length, stdout);
	if (line[length] != '\0' || strlen(line) != length)
		fputs("the line is not NUL-terminated where it ends\n", stdout);
}

static uint64_t next_reading(void *context)
{
	(void)context;
	return clock_readings[clock_index++];
}

static void ignore(void *context)
{
	(void)context;
}

static int start(void)
{
	return smmu_record_open(&recorder, &config);
}

static struct smmu_record_devid pci(unsigned bus, unsigned dev, unsigned func)
{
	struct smmu_record_devid devid;

	memset(&devid, 0, sizeof devid);
	devid.type = SMMU_RECORD_SDT_PCI;
	devid.bus = bus;
	devid.dev = dev;
	devid.func = func;
	return devid;
}

static int escaping(void)
{
	config.note = "a \"quote\", a \\, a\ttab, \x01, \x7f, \xc3\xa9, \xf0\x9f\x98\x80";
	config.vm = "q\"vm";
	if (start() != 0)
		return 1;
	smmu_record_mark(&recorder, "line\nbreak \xff \xc3 \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80 \xe2\x82");
	return 0;
}

static int flags(void)
{
	struct smmu_record_entry entry = { UINT64_C(0xfffffffffffff000), 0x1000 };

	if (start() != 0)
		return 1;
	smmu_record_init(&recorder, 0, 0, 0);
	smmu_record_init(&recorder, 0x80000001u, -1, EINVAL);
	smmu_record_obj_create(&recorder, 0, NULL, &handles[0], 0);
	smmu_record_obj_create(&recorder, 1, NULL, NULL, EPERM);
	smmu_record_mapping_add(&recorder, &handles[0], 0, 0, 1, &entry, NULL, 0, 0, 0);
	smmu_record_mapping_add(&recorder, &handles[0], 0x1f, -2, 1, &entry, NULL, UINT64_MAX, -1, 9999);
	smmu_record_mapping_add(&recorder, &handles[0], 0x23, 0, 0, NULL, NULL, 0, -1, EINVAL);
	return 0;
}

static int overlong(void)
{
	static struct smmu_record_entry entries[1000];
	unsigned i;

	for (i = 0; i < 1000; i++) {
		entries[i].phys = UINT64_MAX - 0xfff - i * UINT64_C(0x1000);
		entries[i].len = UINT64_C(0x1000000000000000);
	}
	config.buffer_size = SMMU_RECORD_BUFFER_MIN;
	if (start() != 0)
		return 1;
	if (smmu_record_mapping_add(&recorder, NULL, 3, 0, 1000, entries, NULL, 0, 0, 0) != -1)
		return 1;
	if (smmu_record_mark(&recorder, "still recording") != 0)
		return 1;
	return smmu_record_lost(&recorder) == 1 ? 0 : 1;
}

/* The promise of smmu_record.h: 1280 + 64 * n bytes hold a call of n entries, whatever the names. */
static int longest_call(void)
{
	static struct smmu_record_entry entries[100];
	static char client[SMMU_RECORD_NAME_MAX + 1], object[SMMU_RECORD_NAME_MAX + 1];

	memset(client, '"', SMMU_RECORD_NAME_MAX);
	memset(object, '\\', SMMU_RECORD_NAME_MAX);
	memset(entries, 0xff, sizeof entries);
	config.client = client;
	config.buffer_size = 1280 + 64 * 100;
	config.now = next_reading;
	clock_readings[0] = clock_readings[1] = clock_readings[2] = (UINT64_C(1) << 53) - 1;
	if (start() != 0)
		return 1;
	smmu_record_obj_create(&recorder, 0, object, &handles[0], 0);
	return smmu_record_mapping_add(&recorder, &handles[0], ~0u, -2147483647L, 100, entries, NULL, UINT64_MAX, -1,
		ECONNREFUSED);
}

static int names(void)
{
	static char too_long[SMMU_RECORD_NAME_MAX + 2];

	memset(too_long, 'x', sizeof too_long - 1);
	if (start() != 0)
		return 1;
	smmu_record_obj_create(&recorder, 0, NULL, &handles[0], 0);
	smmu_record_obj_create(&recorder, 0, "rings", &handles[1], 0);
	smmu_record_obj_create(&recorder, 0, too_long, &handles[2], 0);
	smmu_record_obj_create(&recorder, 0, "bad\xff", &handles[3], 0);
	smmu_record_obj_destroy(&recorder, &handles[1], 0, 0);
	smmu_record_obj_create(&recorder, 0, NULL, &handles[1], 0);
	smmu_record_obj_destroy(&recorder, &handles[0], -1, EBUSY);
	smmu_record_device_add_pci(&recorder, &handles[0], 0, 1, 0, 0, 0);
	smmu_record_fini(&recorder, 0, 0);
	smmu_record_obj_create(&recorder, 0, NULL, &handles[0], 0);
	return 0;
}

static int many_objects(void)
{
	int i;

	if (start() != 0)
		return 1;
	for (i = 0; i < SMMU_RECORD_OBJECTS_MAX + 1; i++)
		smmu_record_obj_create(&recorder, 0, NULL, &handles[i], 0);
	smmu_record_device_add_pci(&recorder, &handles[SMMU_RECORD_OBJECTS_MAX], 0, 1, 0, 0, 0);
	smmu_record_obj_destroy(&recorder, &handles[0], 0, 0);
	smmu_record_obj_create(&recorder, 0, NULL, &handles[SMMU_RECORD_OBJECTS_MAX + 1], 0);
	return 0;
}

static int clock_trouble(void)
{
	static const uint64_t readings[] = { 1000, 1500, 1400, 1300, 2000, UINT64_C(1) << 60, UINT64_C(1) << 61 };

	memcpy(clock_readings, readings, sizeof readings);
	config.now = next_reading;
	config.start_ns = 1000;
	if (start() != 0)
		return 1;
	smmu_record_mark(&recorder, "at 500");
	smmu_record_mark(&recorder, "at 400");
	smmu_record_mark(&recorder, "at 300");
	smmu_record_mark(&recorder, "at 1000");
	smmu_record_mark(&recorder, "far too late");
	smmu_record_mark(&recorder, "later still");
	return 0;
}

static int transfers(void)
{
	struct smmu_record_devid device = pci(0x0a, 0x12, 1), wildcard = pci(SMMU_RECORD_PCI_FIELD_ANY, 0, 0), block;
	int lost = 0;

	memset(&block, 0, sizeof block);
	block.type = SMMU_RECORD_SDT_MMIO;
	block.phys = UINT64_C(0xe6ef0000);
	if (start() != 0)
		return 1;
	smmu_record_dma(&recorder, &device, 0x1000, 4, 'r', SMMU_RECORD_PERMITTED);
	smmu_record_dma(&recorder, &block, UINT64_MAX, 1, 'w', SMMU_RECORD_DENIED);
	smmu_record_dma(&recorder, &block, 0, UINT64_MAX, 'w', SMMU_RECORD_NOT_OBSERVED);
	lost += smmu_record_dma(&recorder, &device, 0x1000, 0, 'r', SMMU_RECORD_PERMITTED);
	lost += smmu_record_dma(&recorder, &device, UINT64_MAX, 2, 'r', SMMU_RECORD_PERMITTED);
	lost += smmu_record_dma(&recorder, &device, 0x1000, 4, 'x', SMMU_RECORD_PERMITTED);
	lost += smmu_record_dma(&recorder, &wildcard, 0x1000, 4, 'r', SMMU_RECORD_PERMITTED);
	return lost == -4 && smmu_record_lost(&recorder) == 4 ? 0 : 1;
}

static int faults(void)
{
	struct smmu_record_devid device = pci(0, 0x12, 0);
	struct smmu_record_fault fault;
	struct smmu_record_status status;
	uint64_t address = UINT64_C(0x70ad5000);

	memset(&fault, 0, sizeof fault);
	if (start() != 0)
		return 1;
	smmu_record_fault(&recorder, &fault);
	fault.device = &device;
	fault.unit = "dmar0";
	fault.address = &address;
	fault.access = 'w';
	fault.code = "0x05";
	fault.reason = "not-granted";
	fault.note = "from slog2";
	smmu_record_fault(&recorder, &fault);
	fault.code = "";
	smmu_record_fault(&recorder, &fault);
	memset(&status, 0, sizeof status);
	status.hw_specific = UINT64_MAX;
	status.fault_addr = address;
	status.devid = device;
	status.flags = 0x6;
	status.dropped_faults = 0x4;
	smmu_record_xfer_status(&recorder, &status, 0, 0);
	status.devid.bus = 0x100;
	status.dropped_faults = 0;
	smmu_record_xfer_status(&recorder, &status, 0, 0);
	smmu_record_xfer_status(&recorder, NULL, -1, EAGAIN);
	return 0;
}

static int devices(void)
{
	struct smmu_record_devid device = pci(SMMU_RECORD_PCI_FIELD_ANY, 0x12, SMMU_RECORD_PCI_FIELD_ANY);

	if (start() != 0)
		return 1;
	smmu_record_device_add_generic(&recorder, &handles[0], &device, 1, 0);
	smmu_record_device_add_generic(&recorder, NULL, NULL, -1, EFAULT);
	device.type = 7;
	smmu_record_device_add_generic(&recorder, NULL, &device, -1, EINVAL);
	smmu_record_device_report_reserved(&recorder, &device, 0, NULL, 0, NULL, (unsigned)-1, EINVAL);
	smmu_record_xfer_notify(&recorder, NULL, -1, EINVAL);
	smmu_record_safety(&recorder, "SMMUMAN_SAFETY_ERROR", EBADF);
	smmu_record_safety(&recorder, NULL, 0);
	smmu_record_exit(&recorder);
	return 0;
}

/* Each configuration that must be refused; nothing may be written. */
static int refused(void)
{
	static char long_text[2 * SMMU_RECORD_BUFFER_MIN];
	static const char *const abilities[] = { "smmu/attach", "" };
	static const char *many[SMMU_RECORD_ABILITIES_MAX + 1];
	const struct smmu_record_config good = config;
	int accepted = 0, i;

	memset(long_text, 'n', sizeof long_text - 1);
#define TRY(change) do { config = good; change; accepted += start() == 0; } while (0)
	TRY(config.write = NULL);
	TRY(config.buffer = NULL);
	TRY(config.buffer_size = SMMU_RECORD_BUFFER_MIN - 1);
	TRY(config.family = NULL);
	TRY(config.family = "vt-d");
	TRY(config.client = NULL);
	TRY(config.client = "");
	TRY(config.client = "a\nb");
	TRY(config.client = long_text);
	TRY(config.boot = "");
	TRY(config.vm = "\xff");
	TRY(config.abilities = abilities; config.abilities_count = 2);
	TRY(config.abilities = NULL; config.abilities_count = 1);
	for (i = 0; i < SMMU_RECORD_ABILITIES_MAX + 1; i++)
		many[i] = "a";
	TRY(config.abilities = many; config.abilities_count = SMMU_RECORD_ABILITIES_MAX + 1);
	TRY(config.note = long_text; config.buffer_size = SMMU_RECORD_BUFFER_MIN);
	TRY(config.unlock = ignore);
#undef TRY
	return accepted;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} cases[] = { { "escaping", escaping }, { "flags", flags }, { "overlong", overlong },
		{ "longest-call", longest_call }, { "names", names }, { "many-objects", many_objects },
		{ "clock-trouble", clock_trouble }, { "transfers", transfers }, { "faults", faults },
		{ "devices", devices }, { "refused", refused } };
	size_t i;

	config.write = write_line;
	config.buffer = buffer;
	config.buffer_size = sizeof buffer;
	config.boot = "edges";
	config.family = "smmuv2";
	config.client = "edge";
	for (i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; i++)
		if (strcmp(argv[1], cases[i].name) == 0)
			return cases[i].run();
	fprintf(stderr, "usage: %s CASE\n", argv[0]);
	return 2;
}
