/*
 * smmu_record: logs a driver's libsmmu calls, the faults it learns of and the transfers it starts as a `smmu-trace`,
 * one JSON record a line, that smmu-replay imports. docs/recording.md shows how to use it.
 *
 * C99 and nothing else: no allocation, no files, no clock, no threads of its own. Lines leave through one callback,
 * time comes in through another. To record every call of a driver without touching the calls, include
 * smmu_record_wrap.h in place of <smmu.h>.
 *
 * Threads: a recorder does not lock. Calls into one recorder must not overlap; bracket them with smmu_record_lock()
 * and smmu_record_unlock(), which run the hooks of the configuration, or serialise them otherwise. Hold the lock over
 * the libsmmu call as well as over its record, else two threads' records may stand in the wrong order.
 *
 * Nothing is lost silently: a record that does not fit the buffer is replaced by a `mark` that says so, counted by
 * smmu_record_lost().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SMMU_RECORD_H
#define SMMU_RECORD_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The smallest buffer that smmu_record_open() takes, in bytes: every `mark` of the recorder's own fits. */
#define SMMU_RECORD_BUFFER_MIN 1024

/* How many objects can be alive at once and still have a name of their own; a further one is named by its handle. */
#ifndef SMMU_RECORD_OBJECTS_MAX
#define SMMU_RECORD_OBJECTS_MAX 64
#endif

/* The longest name (of a boot, client, VM, ability, object, unit, code, reason) in bytes: UTF-8, no control characters. */
#define SMMU_RECORD_NAME_MAX 200

/* How many abilities a client can have. */
#define SMMU_RECORD_ABILITIES_MAX 64

/* For `returns`, where the caller does not know what was returned: the record then does not say. */
#define SMMU_RECORD_NOT_KNOWN INT_MIN

/* SMMU_PCI_FIELD_ANY, SDT_PCI, SDT_MMIO of <smmu.h> (API 9.2). */
#define SMMU_RECORD_PCI_FIELD_ANY (~0u)
#define SMMU_RECORD_SDT_PCI 0u
#define SMMU_RECORD_SDT_MMIO 1u

/*
 * What a recording is and where it goes. Zero the structure, then set members. What pointers point at must stay as it
 * is for as long as the recorder is used; the structure itself is copied.
 */
struct smmu_record_config {
	/*
	 * Takes one complete line, newline included; a NUL follows that is not counted. The line is gone after the return.
	 * It may change errno, and must not call into the recorder.
	 */
	void (*write)(void *context, const char *line, size_t length);
	/* The time in ns of a clock that never goes back, or NULL: records then carry no time. */
	uint64_t (*now)(void *context);
	/* What smmu_record_lock() and smmu_record_unlock() run; both or neither. */
	void (*lock)(void *context);
	void (*unlock)(void *context);
	void *context;

	/* One line is built here: at least SMMU_RECORD_BUFFER_MIN; 1280 + 64 * n always hold a call of n entries. */
	char *buffer;
	size_t buffer_size;

	/*
	 * The reading of `now` that is t = 0. Left at 0 it is the clock's own zero: drivers that use one clock then make
	 * traces that merge.
	 */
	uint64_t start_ns;

	const char *boot;   /* the boot's name, or NULL */
	const char *family; /* "vtd", "smmuv2", "smmuv3", "ipmmu", "amdvi" or "ideal" */
	const char *note;   /* anything worth knowing about the recording, or NULL */
	const char *client; /* this process's name; unique among the traces that will be merged */
	const char *vm;     /* the VM it runs in, or NULL for the host */

	/* The abilities it holds, such as "smmu/attach" (PRV-1). */
	const char *const *abilities;
	size_t abilities_count;
};

/* A recorder. Keep it wherever you like; its members are its own. */
struct smmu_recorder {
	struct smmu_record_config config;
	const char *subject; /* what the record under way is about, for the mark if it does not fit */
	size_t length;       /* bytes that the record under way needs, whether or not they fit */
	char last;           /* its last character */
	uint64_t t;          /* of the last record */
	uint64_t lost;
	unsigned told;    /* which clock troubles were told */
	unsigned created; /* objects numbered so far */
	struct {
		const void *handle; /* NULL: free */
		const char *name;   /* NULL: by number */
		unsigned number;    /* 0: by handle */
	} objects[SMMU_RECORD_OBJECTS_MAX];
};

/* A device, as union smmu_devid tells it (API 9.1). */
struct smmu_record_devid {
	unsigned type; /* SMMU_RECORD_SDT_PCI: bus, dev, func count; SMMU_RECORD_SDT_MMIO: length, phys */
	unsigned bus, dev, func;
	unsigned length;
	uint64_t phys;
};

/* A region, as struct smmu_map_entry tells it. */
struct smmu_record_entry {
	uint64_t phys;
	uint64_t len;
};

/* Reads entry `index` of the caller's own array, so that no copy of the array is needed. */
typedef struct smmu_record_entry (*smmu_record_entry_at)(const void *entries, unsigned index);

/* A fault record, as struct smmu_status tells it. */
struct smmu_record_status {
	uint64_t hw_specific;
	uint64_t fault_addr;
	struct smmu_record_devid devid;
	unsigned flags;
	unsigned dropped_faults; /* the value of SSF_DROPPED_FAULTS, or 0 where it is not known */
};

/* A fault that the driver learnt of in another way. NULL and 0 mean: not known; an access is never guessed. */
struct smmu_record_fault {
	const struct smmu_record_devid *device;
	const char *unit;
	const uint64_t *address;
	char access;        /* 'r', 'w' or 0 */
	const char *code;   /* the family's own, such as "0x05" or "F_TRANSLATION" */
	const char *reason; /* a class, such as "unmapped" or "permission" */
	const char *note;
};

/* What became of a transfer, as far as the driver saw. */
enum smmu_record_observed { SMMU_RECORD_NOT_OBSERVED, SMMU_RECORD_PERMITTED, SMMU_RECORD_DENIED };

/*
 * Begins a recording: writes the header and the `client` record. 0, or -1 where the configuration is not usable (a
 * missing member, an unknown family, a small buffer, a name that is not usable, too many abilities, a header or a
 * `client` record that does not fit): nothing was written then, and the recorder must not be used.
 */
int smmu_record_open(struct smmu_recorder *recorder, const struct smmu_record_config *config);

/* Run the hooks of the configuration, where it has them. */
void smmu_record_lock(struct smmu_recorder *recorder);
void smmu_record_unlock(struct smmu_recorder *recorder);

/* How many records did not fit and were replaced by a mark. */
uint64_t smmu_record_lost(const struct smmu_recorder *recorder);

/*
 * One function for each function of the client API (API-1 to API-12): call it after the call, with its arguments, what
 * it returned, and errno as it was then (used only where the call failed). `sop` is the handle that smmu_obj_create()
 * returned, or NULL. Each returns 0, or -1 where the record was replaced by a mark.
 */
int smmu_record_init(struct smmu_recorder *recorder, unsigned flags, int returns, int err);
int smmu_record_fini(struct smmu_recorder *recorder, int returns, int err);
/* `created` is what smmu_obj_create() returned; `name` names the object in the trace, or NULL: <client>.o<number>. */
int smmu_record_obj_create(struct smmu_recorder *recorder, unsigned flags, const char *name, const void *created,
	int err);
int smmu_record_obj_destroy(struct smmu_recorder *recorder, const void *sop, int returns, int err);
int smmu_record_device_add_generic(struct smmu_recorder *recorder, const void *sop,
	const struct smmu_record_devid *devid, int returns, int err);
int smmu_record_device_add_pci(struct smmu_recorder *recorder, const void *sop, unsigned pbus, unsigned pdev,
	unsigned pfunc, int returns, int err);
int smmu_record_device_add_mmio(struct smmu_recorder *recorder, const void *sop, uint64_t phys, unsigned len,
	int returns, int err);
/* `entry_at` NULL: `entries` is an array of struct smmu_record_entry. */
int smmu_record_mapping_add(struct smmu_recorder *recorder, const void *sop, unsigned flags, long pid,
	unsigned num_entries, const void *entries, smmu_record_entry_at entry_at, uint64_t target, int returns, int err);
/* `resv` and `entry_at` as above; of `resv`, what the call wrote is recorded: the lesser of `returns` and `nresv`. */
int smmu_record_device_report_reserved(struct smmu_recorder *recorder, const struct smmu_record_devid *devid,
	unsigned offset, const void *resv, unsigned nresv, smmu_record_entry_at entry_at, unsigned returns, int err);
/* `evp` is only compared with NULL. */
int smmu_record_xfer_notify(struct smmu_recorder *recorder, const void *evp, int returns, int err);
/* `ssp` is the record that was fetched, or NULL where there was none. A fetched record makes a `fault` before the call. */
int smmu_record_xfer_status(struct smmu_recorder *recorder, const struct smmu_record_status *ssp, int returns, int err);
/* `returned` is the value's name, such as "SMMUMAN_SAFETY_YES" (their numbers are not documented: G-31); NULL: not known. */
int smmu_record_safety(struct smmu_recorder *recorder, const char *returned, int err);

/* The process is about to end. Its objects are forgotten. */
int smmu_record_exit(struct smmu_recorder *recorder);

/* A note in the stream. */
int smmu_record_mark(struct smmu_recorder *recorder, const char *text);

/* One transfer: `access` is 'r' where the device reads memory, 'w' where it writes; at least one byte. */
int smmu_record_dma(struct smmu_recorder *recorder, const struct smmu_record_devid *device, uint64_t address,
	uint64_t length, char access, enum smmu_record_observed observed);

/* A fault that did not come from smmu_xfer_status(). */
int smmu_record_fault(struct smmu_recorder *recorder, const struct smmu_record_fault *fault);

/* The recorder that smmu_record_wrap.h records into; NULL, as at first, records nothing. */
extern struct smmu_recorder *smmu_record_current;

#ifdef __cplusplus
}
#endif

#endif
