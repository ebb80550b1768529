/*
 * The preset `dss`: a service from its launch on. It asks its surroundings one question after another (section 2, HG-1,
 * SAF-1, G-34); each is answered as it should be, badly, or not at all; failures come at any moment; every condition that
 * it does not know how to bear leads to the Design Safe State (DSS-1), which keeps its reason and lets nothing happen.
 * Devices are behind the units in turn; the configuration grants device 0 a page, and firmware reserves it another.
 *
 * Sizes beside those of clients.pml: UNITS of the board. A guest has one unit, its vdev (HG-3).
 */
#ifndef OBJECTS
#define OBJECTS        1
#endif
#define RIGHTS         1
/* How many kinds of failures may come at any moment. */
#ifndef FAILURES
#define FAILURES       4
#endif

/* The question at hand. The Design Safe State remembers at which one it was entered. */
#define NOT_LAUNCHED   0
#define SECOND         1  /* does another instance run? (G-44) */
#define VDEV           2  /* is there a vdev-smmu? (HG-1) */
#define CONFIGURATION  3
#define HOST_SERVICE   4  /* guest: does a service run in the host, (HG-3.3) */
#define ATTACHED       5  /* is this VM its client, */
#define VM_COMPONENTS  6  /* and what is certified of what it depends on? */
#define LIBRARY_1      7  /* the first file to try, */
#define LIBRARY_2      8  /* and for the safety variant the second (SAF-1) */
#define COMPONENTS     9  /* what is certified of the system it runs on? */
#define BOARD          10
#define MEMORY         11 /* tables: of each unit, then of each device that is granted something */
#define PROGRAM        12 /* each unit */
#define ENABLE         13 /* each unit, after all are programmed (G-34) */
#define ABILITIES      14
#define NAME           15
#define NOTHING        16 /* it serves */

#define PLAIN          1
#define SAFETY         2

#define HARDWARE       1
#define GUEST          2

/* safety none, warn, required (SAF-8) */
#define NONE           0
#define WARN           1
#define REQUIRED       2

/* What became of a library. */
#define UNTRIED        0
#define NOT_FOUND      1
#define NOT_LOADABLE   2
#define CERTIFIED      3
#define NOT_CERTIFIED  4

/* What was told of components: nothing, CERTIFIED, NOT_CERTIFIED, or a status that nobody tells. */
#define UNTOLD         1

/* Why the Design Safe State was entered, and by which requirement. */
#define NOT_IN_DSS           0
#define OTHER_INSTANCE       1  /* G-44 */
#define UNDEFINED_CONDITION  2  /* DSS-3.1 */
#define NO_VDEV_IN_GUEST     3  /* DSS-3.4 */
#define CONFIG_ERROR         4  /* G-7 */
#define VDEV_SILENT          5  /* G-2 */
#define VDEV_DENIES          6  /* HG-4 */
#define LIBRARY_ABSENT       7  /* DSS-3.2 */
#define COMPONENT_REFUSED    8  /* SAF-8, SAF-8a, DSS-3.6, G-6 */
#define BOARD_ERROR          9  /* DSS-1 */
#define NO_MEMORY_AT_START   10 /* DSS-4 */
#define UNIT_AT_START        11 /* DSS-4 */
#define UNIT_FAILED          12 /* DSS-3.1 */
#define NO_MEMORY            13 /* DSS-3.1 */
#define TERMINATED           14 /* G-8 */

byte at = NOT_LAUNCHED;
byte done;      /* how many of MEMORY, PROGRAM or ENABLE are answered */
byte variant;   /* PLAIN or SAFETY */
byte placement; /* 0: not decided */
byte safety;
bit refused;    /* the configuration has an error */
bit configured; /* it was accepted */
byte library[2];
byte components[2]; /* of the hypervisor, in a guest; of the system it runs on */
byte translating; /* units that translate */
byte dss = NOT_IN_DSS;

#define UNITS_HERE     (placement == GUEST -> 1 : UNITS)
#define TABLES         1
#define UNIT_OF(d)     (placement == GUEST -> 0 : (d) % UNITS)

#define LAUNCHED       (at != NOT_LAUNCHED)
#define LIVES          (LAUNCHED && dss == NOT_IN_DSS)
#define RUNNING        (at == NOTHING && dss == NOT_IN_DSS)
#define ASKS(question) (at == question && dss == NOT_IN_DSS)

#define ALL_CERTIFIED  ((placement == GUEST -> components[0] : library[0]) == CERTIFIED && components[1] == CERTIFIED)

/* Of a service that runs: all units translate; it has read a configuration; it runs on what it may run on (SAF-5). */
#define CHECK_SERVICE \
	assert(!(RUNNING) || (configured && !refused && translating == BIT(UNITS_HERE) - 1)); \
	assert(!(RUNNING) || safety != REQUIRED || ALL_CERTIFIED)

#include "clients.pml"

inline enter(reason) {
	dss = reason
}

inline loaded(slot, what) {
	library[slot] = what;
	if
	:: what == NOT_CERTIFIED && safety == REQUIRED -> enter(COMPONENT_REFUSED)
	:: else -> at = COMPONENTS
	fi
}

/* The next file is tried; where there is none, required hardware is absent (DSS-3.2). */
inline lacking(slot, what) {
	library[slot] = what;
	if
	:: slot == 0 && variant == SAFETY -> at = LIBRARY_2
	:: else -> enter(LIBRARY_ABSENT)
	fi
}

/* A guest loads no library (HG-3.1): what follows is the same as on hardware. */
inline told(slot, what, next) {
	components[slot] = what;
	if
	:: what != CERTIFIED && safety == REQUIRED -> enter(COMPONENT_REFUSED)
	:: else -> at = next
	fi
}

/* `total` things are to be done in turn before the next question. */
inline another(total, next) {
	done = done + 1;
	if
	:: done == total -> done = 0; at = next
	:: else
	fi
}

active proctype service() {
end:	do
	:: d_step { at == NOT_LAUNCHED -> at = SECOND; variant = PLAIN; safety = NONE; check() }
	:: d_step { at == NOT_LAUNCHED -> at = SECOND; variant = SAFETY; safety = REQUIRED; check() }

	:: d_step { ASKS(SECOND) -> at = VDEV; check() }
	:: d_step { ASKS(SECOND) -> enter(OTHER_INSTANCE); check() }
	:: d_step { ASKS(SECOND) -> enter(UNDEFINED_CONDITION); check() }

	:: d_step { ASKS(VDEV) -> placement = HARDWARE; at = CONFIGURATION; check() }
	:: d_step { ASKS(VDEV) -> placement = GUEST; at = CONFIGURATION; check() }
	:: d_step { ASKS(VDEV) -> enter(NO_VDEV_IN_GUEST); check() }
	:: d_step { ASKS(VDEV) -> enter(UNDEFINED_CONDITION); check() }

	:: d_step { ASKS(CONFIGURATION) && !refused -> refused = 1; check() }
	:: d_step { ASKS(CONFIGURATION) && refused -> enter(CONFIG_ERROR); check() }
#define ACCEPTED(response) d_step { ASKS(CONFIGURATION) && !refused -> \
		configured = 1; \
		safety = response; \
		at = (placement == GUEST -> HOST_SERVICE : LIBRARY_1); \
		check() }
	:: ACCEPTED(NONE)
	:: ACCEPTED(WARN)
	:: ACCEPTED(REQUIRED)

	:: d_step { ASKS(HOST_SERVICE) -> at = ATTACHED; check() }
	:: d_step { ASKS(ATTACHED) -> at = VM_COMPONENTS; check() }
	:: d_step { (ASKS(HOST_SERVICE) || ASKS(ATTACHED)) -> enter(VDEV_DENIES); check() }
	:: d_step { (ASKS(HOST_SERVICE) || ASKS(ATTACHED) || ASKS(VM_COMPONENTS)) -> enter(VDEV_SILENT); check() }
	:: d_step { ASKS(VM_COMPONENTS) -> told(0, CERTIFIED, COMPONENTS); check() }
	:: d_step { ASKS(VM_COMPONENTS) -> told(0, NOT_CERTIFIED, COMPONENTS); check() }

	/* A safety file can be certified; the plain one never is, and a safety file may only be called so (SAF-8a). */
	:: d_step { ASKS(LIBRARY_1) && variant == SAFETY -> loaded(0, CERTIFIED); check() }
	:: d_step { ASKS(LIBRARY_1) -> loaded(0, NOT_CERTIFIED); check() }
	:: d_step { ASKS(LIBRARY_1) -> lacking(0, NOT_FOUND); check() }
	:: d_step { ASKS(LIBRARY_1) -> lacking(0, NOT_LOADABLE); check() }
	:: d_step { ASKS(LIBRARY_2) -> loaded(1, NOT_CERTIFIED); check() }
	:: d_step { ASKS(LIBRARY_2) -> lacking(1, NOT_FOUND); check() }
	:: d_step { ASKS(LIBRARY_2) -> lacking(1, NOT_LOADABLE); check() }

	:: d_step { ASKS(COMPONENTS) -> told(1, CERTIFIED, BOARD); check() }
	:: d_step { ASKS(COMPONENTS) -> told(1, NOT_CERTIFIED, BOARD); check() }
	:: d_step { ASKS(COMPONENTS) -> told(1, UNTOLD, BOARD); check() }

	/* The configured device is known from here on. */
	:: d_step { ASKS(BOARD) -> known[0] = 1; at = MEMORY; check() }
	:: d_step { ASKS(BOARD) -> enter(BOARD_ERROR); check() }

	:: d_step { ASKS(MEMORY) -> another(UNITS_HERE + TABLES, PROGRAM); check() }
	:: d_step { ASKS(MEMORY) -> enter(NO_MEMORY_AT_START); check() }
	:: d_step { ASKS(PROGRAM) -> another(UNITS_HERE, ENABLE); check() }
	:: d_step { ASKS(ENABLE) -> translating = translating | BIT(done); another(UNITS_HERE, ABILITIES); check() }
	:: d_step { (ASKS(PROGRAM) || ASKS(ENABLE)) -> enter(UNIT_AT_START); check() }

	:: d_step { ASKS(ABILITIES) -> at = NAME; check() }
	:: d_step { ASKS(NAME) -> at = NOTHING; check() }
	:: d_step { (ASKS(ABILITIES) || ASKS(NAME)) -> enter(UNDEFINED_CONDITION); check() }

	/* Failures. A vdev can only fail where there is one. */
	:: d_step { LIVES && FAILURES > 0 -> enter(UNIT_FAILED); check() }
	:: d_step { LIVES && FAILURES > 1 -> enter(NO_MEMORY); check() }
	:: d_step { LIVES && FAILURES > 2 -> enter(UNDEFINED_CONDITION); check() }
	:: d_step { LIVES && FAILURES > 3 && placement == GUEST -> enter(VDEV_SILENT); check() }
	:: d_step { RUNNING -> enter(TERMINATED); check() }
	od
}
