/* SPDX-License-Identifier: Apache-2.0 */
#include "smmu_record.h"

#include <errno.h>
#include <string.h>

struct smmu_recorder *smmu_record_current = NULL;

/* The largest time that a trace can tell: whole numbers are exact up to here (contract 2). */
#define T_MAX ((UINT64_C(1) << 53) - 1)

enum { TOLD_CLOCK_BACK = 1, TOLD_CLOCK_END = 2 };

struct flag {
	unsigned bit;
	const char *name;
};

static const struct flag MAPPING_FLAGS[] = { { 0x01, "SMF_READ" }, { 0x02, "SMF_WRITE" }, { 0x04, "SMF_EXEC" },
	{ 0x08, "SMF_VIRT" }, { 0x10, "SMF_TARGET" }, { 0, "SMF_NONE" } };
static const struct flag OBJECT_FLAGS[] = { { 0x0001, "SOCF_RESERVED_MANUAL" }, { 0, "SOCF_NONE" } };
static const struct flag NO_FLAGS[] = { { 0, NULL } };

/* ---- Building a line: what does not fit is counted, so that the mark in its place can say how much was needed. ---- */

static void put_char(struct smmu_recorder *r, char c)
{
	if (r->length < r->config.buffer_size)
		r->config.buffer[r->length] = c;
	r->length++;
	r->last = c;
}

static void put(struct smmu_recorder *r, const char *text)
{
	while (*text != '\0')
		put_char(r, *text++);
}

static void put_number(struct smmu_recorder *r, uint64_t value, unsigned base)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	while (count > 0)
		put_char(r, digits[--count]);
}

static void put_integer(struct smmu_recorder *r, int64_t value)
{
	if (value < 0)
		put_char(r, '-');
	put_number(r, value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value, 10);
}

static void put_hex(struct smmu_recorder *r, uint64_t value)
{
	put(r, "\"0x");
	put_number(r, value, 16);
	put_char(r, '"');
}

/* How many bytes the UTF-8 character at `s` has, or 0 where the bytes are not UTF-8. Never reads past the NUL. */
static size_t utf8_size(const unsigned char *s)
{
	size_t size = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		: s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	size_t i;

	for (i = 1; i < size; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Over-long forms, surrogates, and what lies past U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90)
		|| (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return size;
}

/* The inside of a JSON string: bytes that are not UTF-8 become U+FFFD, one for each byte. */
static void put_escaped(struct smmu_recorder *r, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s != '\0') {
		size_t size = utf8_size(s);

		if (size == 0) {
			put(r, "\\ufffd");
			s++;
		} else if (*s < 0x20 || *s == 0x7f) {
			put(r, "\\u00");
			put_char(r, "0123456789abcdef"[*s >> 4]);
			put_char(r, "0123456789abcdef"[*s & 0xf]);
			s++;
		} else {
			if (*s == '"' || *s == '\\')
				put_char(r, '\\');
			while (size-- > 0)
				put_char(r, (char)*s++);
		}
	}
}

static void put_string(struct smmu_recorder *r, const char *text)
{
	put_char(r, '"');
	put_escaped(r, text);
	put_char(r, '"');
}

static void separate(struct smmu_recorder *r)
{
	if (r->last != '{' && r->last != '[')
		put_char(r, ',');
}

static void name_member(struct smmu_recorder *r, const char *name)
{
	separate(r);
	put_char(r, '"');
	put(r, name);
	put(r, "\":");
}

static void string_member(struct smmu_recorder *r, const char *name, const char *text)
{
	name_member(r, name);
	put_string(r, text);
}

static void hex_member(struct smmu_recorder *r, const char *name, uint64_t value)
{
	name_member(r, name);
	put_hex(r, value);
}

static void integer_member(struct smmu_recorder *r, const char *name, int64_t value)
{
	name_member(r, name);
	put_integer(r, value);
}

/* ---- Records ---- */

static void start_line(struct smmu_recorder *r, const char *subject)
{
	r->subject = subject;
	r->length = 0;
	r->last = '\0';
	put_char(r, '{');
}

/* Closes the line and says whether it fits, its NUL included. */
static int line_fits(struct smmu_recorder *r)
{
	put(r, "}\n");
	if (r->length >= r->config.buffer_size)
		return 0;
	r->config.buffer[r->length] = '\0';
	return 1;
}

static void start_kind(struct smmu_recorder *r, const char *kind, const char *subject)
{
	start_line(r, subject);
	if (r->config.now != NULL) {
		name_member(r, "t");
		put_number(r, r->t, 10);
	}
	string_member(r, "kind", kind);
}

static void start_own_mark(struct smmu_recorder *r)
{
	start_kind(r, "mark", "mark");
	name_member(r, "text");
	put(r, "\"smmu_record: ");
}

static void finish_own_mark(struct smmu_recorder *r)
{
	put_char(r, '"');
	/* Cannot fail: names are bounded, and SMMU_RECORD_BUFFER_MIN has room for each of these marks. */
	if (line_fits(r))
		r->config.write(r->config.context, r->config.buffer, r->length);
}

static void tell_clock(struct smmu_recorder *r, unsigned which, const char *text)
{
	if (r->told & which)
		return;
	r->told |= which;
	start_own_mark(r);
	put(r, text);
	finish_own_mark(r);
}

/* Reads the clock. A time that the format cannot tell, or that goes back, is held at the last one, and told once. */
static void read_clock(struct smmu_recorder *r)
{
	uint64_t now, t;

	if (r->config.now == NULL)
		return;
	now = r->config.now(r->config.context);
	if (now < r->config.start_ns || now - r->config.start_ns < r->t) {
		tell_clock(r, TOLD_CLOCK_BACK, "the clock went back; times stand still until it has caught up; told once");
		return;
	}
	t = now - r->config.start_ns;
	if (t > T_MAX) {
		tell_clock(r, TOLD_CLOCK_END, "the clock is past 2^53-1 ns, the last time a trace can tell; times stand still");
		return;
	}
	r->t = t;
}

static void start_record(struct smmu_recorder *r, const char *kind, const char *subject)
{
	read_clock(r);
	start_kind(r, kind, subject);
}

static int finish_record(struct smmu_recorder *r)
{
	const char *subject = r->subject;
	size_t needed;

	if (line_fits(r)) {
		r->config.write(r->config.context, r->config.buffer, r->length);
		return 0;
	}
	needed = r->length + 1;
	r->lost++;
	start_own_mark(r);
	put(r, "a record is lost: ");
	put(r, subject);
	put(r, " needs a buffer of ");
	put_number(r, needed, 10);
	put(r, " bytes and there are ");
	put_number(r, r->config.buffer_size, 10);
	finish_own_mark(r);
	return -1;
}

/* ---- Objects ---- */

static int find_object(const struct smmu_recorder *r, const void *handle)
{
	int i;

	for (i = 0; i < SMMU_RECORD_OBJECTS_MAX; i++)
		if (r->objects[i].handle == handle)
			return i;
	return -1;
}

static void forget_objects(struct smmu_recorder *r)
{
	int i;

	for (i = 0; i < SMMU_RECORD_OBJECTS_MAX; i++)
		r->objects[i].handle = NULL;
}

/* The name of a live object. One that we did not see being created, or had no room for, is named by its handle. */
static void put_object(struct smmu_recorder *r, const void *handle)
{
	int i;

	if (handle == NULL) {
		put(r, "null");
		return;
	}
	i = find_object(r, handle);
	put_char(r, '"');
	if (i >= 0 && r->objects[i].name != NULL) {
		put_escaped(r, r->objects[i].name);
	} else {
		put_escaped(r, r->config.client);
		put(r, i >= 0 && r->objects[i].number != 0 ? ".o" : ".0x");
		if (i >= 0 && r->objects[i].number != 0)
			put_number(r, r->objects[i].number, 10);
		else
			put_number(r, (uint64_t)(uintptr_t)handle, 16);
	}
	put_char(r, '"');
}

/* Plain UTF-8 of a bounded length: escaping then at most doubles it, and every mark of ours has room for one. */
static int name_usable(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t length = 0;

	while (s[length] != '\0' && length <= SMMU_RECORD_NAME_MAX) {
		size_t size = utf8_size(s + length);

		if (size == 0 || s[length] < 0x20 || s[length] == 0x7f)
			return 0;
		length += size;
	}
	return length > 0 && length <= SMMU_RECORD_NAME_MAX;
}

static void remember_object(struct smmu_recorder *r, const void *handle, const char *name)
{
	int i = find_object(r, handle);

	if (name != NULL && !name_usable(name)) {
		name = NULL;
		start_own_mark(r);
		put(r, "the name given to the next object is not usable; it is named by number");
		finish_own_mark(r);
	}
	if (i < 0)
		i = find_object(r, NULL);
	if (i < 0) {
		start_own_mark(r);
		put(r, "more than ");
		put_number(r, SMMU_RECORD_OBJECTS_MAX, 10);
		put(r, " objects are alive; the next one is named by its handle");
		finish_own_mark(r);
		return;
	}
	r->objects[i].handle = handle;
	r->objects[i].name = name;
	r->objects[i].number = ++r->created;
}

static void forget_object(struct smmu_recorder *r, const void *handle)
{
	int i = handle == NULL ? -1 : find_object(r, handle);

	if (i >= 0)
		r->objects[i].handle = NULL;
}

/* ---- Calls ---- */

static struct smmu_record_entry entry_of_array(const void *entries, unsigned index)
{
	return ((const struct smmu_record_entry *)entries)[index];
}

static void put_entries(struct smmu_recorder *r, const void *entries, unsigned count, smmu_record_entry_at entry_at)
{
	unsigned i;

	if (entries == NULL) {
		put(r, "null");
		return;
	}
	put_char(r, '[');
	for (i = 0; i < count; i++) {
		struct smmu_record_entry entry = (entry_at != NULL ? entry_at : entry_of_array)(entries, i);

		separate(r);
		put_char(r, '{');
		hex_member(r, "phys", entry.phys);
		hex_member(r, "len", entry.len);
		put_char(r, '}');
	}
	put_char(r, ']');
}

/* Flags by their symbolic names; bits without a name as one hex text, so that none is lost. */
static void flags_member(struct smmu_recorder *r, const struct flag *names, unsigned flags)
{
	unsigned rest = flags;

	name_member(r, "flags");
	put_char(r, '[');
	for (; names->bit != 0; names++) {
		if ((rest & names->bit) == 0)
			continue;
		rest &= ~names->bit;
		separate(r);
		put_string(r, names->name);
	}
	if (flags == 0 && names->name != NULL)
		put_string(r, names->name);
	if (rest != 0) {
		separate(r);
		put_hex(r, rest);
	}
	put_char(r, ']');
}

static void pci_member(struct smmu_recorder *r, const char *name, unsigned value)
{
	if (value == SMMU_RECORD_PCI_FIELD_ANY)
		string_member(r, name, "SMMU_PCI_FIELD_ANY");
	else
		integer_member(r, name, value);
}

static void devid_member(struct smmu_recorder *r, const struct smmu_record_devid *devid)
{
	name_member(r, "devid");
	if (devid == NULL) {
		put(r, "null");
		return;
	}
	put_char(r, '{');
	name_member(r, "type");
	if (devid->type == SMMU_RECORD_SDT_PCI) {
		put(r, "[\"SDT_PCI\"]");
		pci_member(r, "bus", devid->bus);
		pci_member(r, "dev", devid->dev);
		pci_member(r, "func", devid->func);
	} else if (devid->type == SMMU_RECORD_SDT_MMIO) {
		put(r, "[\"SDT_MMIO\"]");
		hex_member(r, "length", devid->length);
		hex_member(r, "phys", devid->phys);
	} else {
		put_char(r, '[');
		put_hex(r, devid->type);
		put_char(r, ']');
	}
	put_char(r, '}');
}

#define ERRNO(name) { name, #name }
static const struct {
	int value;
	const char *name;
} ERRNOS[] = { ERRNO(EPERM), ERRNO(ENOENT), ERRNO(ESRCH), ERRNO(EINTR), ERRNO(EIO), ERRNO(ENXIO), ERRNO(E2BIG),
	ERRNO(EBADF), ERRNO(EAGAIN), ERRNO(ENOMEM), ERRNO(EACCES), ERRNO(EFAULT), ERRNO(EBUSY), ERRNO(EEXIST),
	ERRNO(EXDEV), ERRNO(ENODEV), ERRNO(EINVAL), ERRNO(ENFILE), ERRNO(EMFILE), ERRNO(ENOSPC), ERRNO(EPIPE),
	ERRNO(EDOM), ERRNO(ERANGE), ERRNO(EDEADLK), ERRNO(ENOSYS), ERRNO(EMSGSIZE), ERRNO(EPROTO), ERRNO(EOVERFLOW),
	ERRNO(ENOTSUP), ERRNO(ENOBUFS), ERRNO(EISCONN), ERRNO(ENOTCONN), ERRNO(ETIMEDOUT), ERRNO(ECONNREFUSED),
	ERRNO(EALREADY), ERRNO(ECANCELED) };

static void errno_member(struct smmu_recorder *r, int err)
{
	size_t i;

	if (err == 0)
		return;
	name_member(r, "errno");
	for (i = 0; i < sizeof ERRNOS / sizeof ERRNOS[0]; i++) {
		if (ERRNOS[i].value == err) {
			put_string(r, ERRNOS[i].name);
			return;
		}
	}
	put_char(r, '"');
	put_integer(r, err);
	put_char(r, '"');
}

static void start_call(struct smmu_recorder *r, const char *function)
{
	start_record(r, "call", function);
	string_member(r, "client", r->config.client);
	string_member(r, "function", function);
	name_member(r, "args");
	put_char(r, '{');
}

static void end_args(struct smmu_recorder *r)
{
	put_char(r, '}');
}

static int finish_call(struct smmu_recorder *r, int returns, int err)
{
	end_args(r);
	if (returns != SMMU_RECORD_NOT_KNOWN) {
		integer_member(r, "returns", returns);
		if (returns < 0)
			errno_member(r, err);
	}
	return finish_record(r);
}

static void object_member(struct smmu_recorder *r, const char *name, const void *handle)
{
	name_member(r, name);
	put_object(r, handle);
}

int smmu_record_init(struct smmu_recorder *r, unsigned flags, int returns, int err)
{
	start_call(r, "smmu_init");
	flags_member(r, NO_FLAGS, flags);
	return finish_call(r, returns, err);
}

int smmu_record_fini(struct smmu_recorder *r, int returns, int err)
{
	if (returns >= 0 || returns == SMMU_RECORD_NOT_KNOWN)
		forget_objects(r);
	start_call(r, "smmu_fini");
	return finish_call(r, returns, err);
}

int smmu_record_obj_create(struct smmu_recorder *r, unsigned flags, const char *name, const void *created, int err)
{
	if (created != NULL)
		remember_object(r, created, name);
	start_call(r, "smmu_obj_create");
	flags_member(r, OBJECT_FLAGS, flags);
	end_args(r);
	if (created != NULL)
		object_member(r, "as", created);
	object_member(r, "returns", created);
	if (created == NULL)
		errno_member(r, err);
	return finish_record(r);
}

int smmu_record_obj_destroy(struct smmu_recorder *r, const void *sop, int returns, int err)
{
	int written;

	start_call(r, "smmu_obj_destroy");
	object_member(r, "sop", sop);
	written = finish_call(r, returns, err);
	if (returns >= 0 || returns == SMMU_RECORD_NOT_KNOWN)
		forget_object(r, sop);
	return written;
}

int smmu_record_device_add_generic(struct smmu_recorder *r, const void *sop, const struct smmu_record_devid *devid,
	int returns, int err)
{
	start_call(r, "smmu_device_add_generic");
	object_member(r, "sop", sop);
	devid_member(r, devid);
	return finish_call(r, returns, err);
}

int smmu_record_device_add_pci(struct smmu_recorder *r, const void *sop, unsigned pbus, unsigned pdev,
	unsigned pfunc, int returns, int err)
{
	start_call(r, "smmu_device_add_pci");
	object_member(r, "sop", sop);
	pci_member(r, "pbus", pbus);
	pci_member(r, "pdev", pdev);
	pci_member(r, "pfunc", pfunc);
	return finish_call(r, returns, err);
}

int smmu_record_device_add_mmio(struct smmu_recorder *r, const void *sop, uint64_t phys, unsigned len, int returns,
	int err)
{
	start_call(r, "smmu_device_add_mmio");
	object_member(r, "sop", sop);
	hex_member(r, "phys", phys);
	hex_member(r, "len", len);
	return finish_call(r, returns, err);
}

int smmu_record_mapping_add(struct smmu_recorder *r, const void *sop, unsigned flags, long pid, unsigned num_entries,
	const void *entries, smmu_record_entry_at entry_at, uint64_t target, int returns, int err)
{
	start_call(r, "smmu_mapping_add");
	object_member(r, "sop", sop);
	flags_member(r, MAPPING_FLAGS, flags);
	integer_member(r, "pid", pid);
	integer_member(r, "num_entries", num_entries);
	name_member(r, "entries");
	put_entries(r, entries, num_entries, entry_at);
	hex_member(r, "target", target);
	return finish_call(r, returns, err);
}

int smmu_record_device_report_reserved(struct smmu_recorder *r, const struct smmu_record_devid *devid, unsigned offset,
	const void *resv, unsigned nresv, smmu_record_entry_at entry_at, unsigned returns, int err)
{
	int failed = returns == (unsigned)-1;
	unsigned written = failed ? 0 : returns < nresv ? returns : nresv;

	start_call(r, "smmu_device_report_reserved");
	devid_member(r, devid);
	integer_member(r, "offset", offset);
	name_member(r, "resv");
	put_entries(r, resv, written, entry_at);
	integer_member(r, "nresv", nresv);
	end_args(r);
	integer_member(r, "returns", failed ? -1 : (int64_t)returns);
	if (failed)
		errno_member(r, err);
	return finish_record(r);
}

int smmu_record_xfer_notify(struct smmu_recorder *r, const void *evp, int returns, int err)
{
	start_call(r, "smmu_xfer_notify");
	name_member(r, "evp");
	put(r, evp == NULL ? "null" : "\"sigevent\"");
	return finish_call(r, returns, err);
}

int smmu_record_safety(struct smmu_recorder *r, const char *returned, int err)
{
	start_call(r, "smmu_safety");
	end_args(r);
	if (returned != NULL)
		string_member(r, "returns", returned);
	errno_member(r, err);
	return finish_record(r);
}

/* ---- Faults, transfers and the rest ---- */

/* False where the device has no name in a trace: a wildcard, or numbers that no PCI function has. */
static int device_nameable(const struct smmu_record_devid *devid)
{
	if (devid->type == SMMU_RECORD_SDT_PCI)
		return devid->bus <= 0xff && devid->dev <= 0x1f && devid->func <= 7;
	return devid->type == SMMU_RECORD_SDT_MMIO;
}

/* libsmmu does not tell PCI segments (API 9.1): all are taken to be segment 0. */
static void device_member(struct smmu_recorder *r, const struct smmu_record_devid *devid)
{
	name_member(r, "device");
	if (devid->type == SMMU_RECORD_SDT_MMIO) {
		put(r, "\"mmio:0x");
		put_number(r, devid->phys, 16);
	} else {
		put(r, "\"pci:0000:");
		put_number(r, devid->bus >> 4, 16);
		put_number(r, devid->bus & 0xf, 16);
		put_char(r, ':');
		put_number(r, devid->dev >> 4, 16);
		put_number(r, devid->dev & 0xf, 16);
		put_char(r, '.');
		put_number(r, devid->func, 16);
	}
	put_char(r, '"');
}

/* The fault that a status record tells of. What its `hw_specific` means hangs on the unit: it stays a note. */
static int status_fault(struct smmu_recorder *r, const struct smmu_record_status *ssp)
{
	start_record(r, "fault", "the fault that smmu_xfer_status fetched");
	if (device_nameable(&ssp->devid))
		device_member(r, &ssp->devid);
	hex_member(r, "address", ssp->fault_addr);
	name_member(r, "note");
	put(r, "\"fetched by smmu_xfer_status of ");
	put_escaped(r, r->config.client);
	put(r, "; hw_specific 0x");
	put_number(r, ssp->hw_specific, 16);
	put(r, ", flags 0x");
	put_number(r, ssp->flags, 16);
	put_char(r, '"');
	return finish_record(r);
}

static void status_member(struct smmu_recorder *r, const struct smmu_record_status *ssp)
{
	struct flag names[2];

	names[0].bit = ssp->dropped_faults;
	names[0].name = ssp->dropped_faults == 0 ? NULL : "SSF_DROPPED_FAULTS";
	names[1] = NO_FLAGS[0];
	name_member(r, "ssp");
	put_char(r, '{');
	hex_member(r, "hw_specific", ssp->hw_specific);
	hex_member(r, "fault_addr", ssp->fault_addr);
	devid_member(r, &ssp->devid);
	flags_member(r, names, ssp->flags);
	put_char(r, '}');
}

int smmu_record_xfer_status(struct smmu_recorder *r, const struct smmu_record_status *ssp, int returns, int err)
{
	int fault_written = ssp == NULL ? 0 : status_fault(r, ssp);
	int call_written;

	start_call(r, "smmu_xfer_status");
	if (ssp == NULL) {
		/* Nothing was written; null would be a NULL pointer. */
		name_member(r, "ssp");
		put(r, "{}");
	} else {
		status_member(r, ssp);
	}
	call_written = finish_call(r, returns, err);
	if (ssp != NULL && (ssp->flags & ssp->dropped_faults) != 0) {
		start_own_mark(r);
		put(r, "SSF_DROPPED_FAULTS: the service dropped fault records of ");
		put_escaped(r, r->config.client);
		put(r, " before this one was fetched");
		finish_own_mark(r);
	}
	return fault_written < 0 ? fault_written : call_written;
}

/* A word of a fault that a reader would take, or NULL: a fault is not given up for the sake of one word. */
static const char *fault_word(struct smmu_recorder *r, const char *word)
{
	if (word == NULL || name_usable(word))
		return word;
	start_own_mark(r);
	put(r, "a unit, code or reason of the next fault is not usable and left out");
	finish_own_mark(r);
	return NULL;
}

int smmu_record_fault(struct smmu_recorder *r, const struct smmu_record_fault *fault)
{
	const char *unit = fault_word(r, fault->unit);
	const char *code = fault_word(r, fault->code);
	const char *reason = fault_word(r, fault->reason);

	start_record(r, "fault", "a fault");
	if (fault->device != NULL && device_nameable(fault->device))
		device_member(r, fault->device);
	if (unit != NULL)
		string_member(r, "unit", unit);
	if (fault->address != NULL)
		hex_member(r, "address", *fault->address);
	if (fault->access == 'r' || fault->access == 'w')
		string_member(r, "access", fault->access == 'r' ? "r" : "w");
	if (code != NULL)
		string_member(r, "code", code);
	if (reason != NULL)
		string_member(r, "reason", reason);
	if (fault->note != NULL)
		string_member(r, "note", fault->note);
	return finish_record(r);
}

/* A transfer that the format has no room for is told in words. */
static int refuse_dma(struct smmu_recorder *r, uint64_t address, uint64_t length, const char *why)
{
	r->lost++;
	start_own_mark(r);
	put(r, "a record is lost: a dma at 0x");
	put_number(r, address, 16);
	put(r, " of 0x");
	put_number(r, length, 16);
	put(r, " bytes ");
	put(r, why);
	finish_own_mark(r);
	return -1;
}

int smmu_record_dma(struct smmu_recorder *r, const struct smmu_record_devid *device, uint64_t address, uint64_t length,
	char access, enum smmu_record_observed observed)
{
	read_clock(r);
	if (!device_nameable(device))
		return refuse_dma(r, address, length, "by a device that has no name in a trace");
	if (length == 0)
		return refuse_dma(r, address, length, "moves nothing");
	if (address + (length - 1) < address)
		return refuse_dma(r, address, length, "goes past 2^64");
	if (access != 'r' && access != 'w')
		return refuse_dma(r, address, length, "neither reads nor writes");
	start_kind(r, "dma", "dma");
	device_member(r, device);
	hex_member(r, "address", address);
	if (length <= T_MAX)
		integer_member(r, "length", (int64_t)length);
	else
		hex_member(r, "length", length);
	string_member(r, "access", access == 'r' ? "r" : "w");
	if (observed != SMMU_RECORD_NOT_OBSERVED) {
		name_member(r, "observed");
		put(r, observed == SMMU_RECORD_PERMITTED ? "{\"verdict\":\"permitted\"}" : "{\"verdict\":\"denied\"}");
	}
	return finish_record(r);
}

int smmu_record_mark(struct smmu_recorder *r, const char *text)
{
	start_record(r, "mark", "mark");
	string_member(r, "text", text);
	return finish_record(r);
}

int smmu_record_exit(struct smmu_recorder *r)
{
	forget_objects(r);
	start_record(r, "exit", "exit");
	string_member(r, "client", r->config.client);
	return finish_record(r);
}

/* ---- Opening ---- */

static int family_known(const char *family)
{
	static const char *const FAMILIES[] = { "vtd", "smmuv2", "smmuv3", "ipmmu", "amdvi", "ideal" };
	size_t i;

	for (i = 0; i < sizeof FAMILIES / sizeof FAMILIES[0]; i++)
		if (strcmp(family, FAMILIES[i]) == 0)
			return 1;
	return 0;
}

static int config_usable(const struct smmu_record_config *config)
{
	size_t i;

	if (config->write == NULL || config->buffer == NULL || config->buffer_size < SMMU_RECORD_BUFFER_MIN)
		return 0;
	if ((config->lock == NULL) != (config->unlock == NULL))
		return 0;
	if (config->family == NULL || !family_known(config->family))
		return 0;
	if (config->client == NULL || !name_usable(config->client))
		return 0;
	if ((config->boot != NULL && !name_usable(config->boot)) || (config->vm != NULL && !name_usable(config->vm)))
		return 0;
	if (config->abilities_count > SMMU_RECORD_ABILITIES_MAX)
		return 0;
	if (config->abilities == NULL && config->abilities_count != 0)
		return 0;
	for (i = 0; i < config->abilities_count; i++)
		if (config->abilities[i] == NULL || !name_usable(config->abilities[i]))
			return 0;
	return 1;
}

static void build_header(struct smmu_recorder *r)
{
	start_line(r, "header");
	string_member(r, "format", "smmu-trace");
	integer_member(r, "version", 1);
	if (r->config.boot != NULL)
		string_member(r, "boot", r->config.boot);
	string_member(r, "family", r->config.family);
	string_member(r, "recorder", "smmu_record 1");
	if (r->config.note != NULL)
		string_member(r, "note", r->config.note);
}

static void build_client(struct smmu_recorder *r)
{
	size_t i;

	start_kind(r, "client", "client");
	string_member(r, "client", r->config.client);
	name_member(r, "abilities");
	put_char(r, '[');
	for (i = 0; i < r->config.abilities_count; i++) {
		separate(r);
		put_string(r, r->config.abilities[i]);
	}
	put_char(r, ']');
	if (r->config.vm != NULL)
		string_member(r, "vm", r->config.vm);
	/* Neither the board nor other clients are seen from here: a reader must not hold answers that rest on them against us. */
	string_member(r, "view", "own");
}

int smmu_record_open(struct smmu_recorder *r, const struct smmu_record_config *config)
{
	if (r == NULL || config == NULL || !config_usable(config))
		return -1;
	memset(r, 0, sizeof *r);
	r->config = *config;
	forget_objects(r);
	/* Both lines must fit before the first is written: half an opening would look like a recording. */
	r->t = T_MAX;
	build_client(r);
	if (!line_fits(r))
		return -1;
	r->t = 0;
	build_header(r);
	if (!line_fits(r))
		return -1;
	r->config.write(r->config.context, r->config.buffer, r->length);
	read_clock(r);
	build_client(r);
	return finish_record(r);
}

void smmu_record_lock(struct smmu_recorder *r)
{
	if (r->config.lock != NULL)
		r->config.lock(r->config.context);
}

void smmu_record_unlock(struct smmu_recorder *r)
{
	if (r->config.unlock != NULL)
		r->config.unlock(r->config.context);
}

uint64_t smmu_record_lost(const struct smmu_recorder *r)
{
	return r->lost;
}
