/*
 * What clients may do to a service that manages DMA devices: connect, create SMMU objects, attach devices, grant pages,
 * and take all of it back. Included by ownership.pml and dss.pml, which say what the service itself does.
 *
 * Written from the specification (section 8.2, section 9, G-25 to G-29), not from the code that it is compared with.
 * Every step is one d_step and every process is always at the head of its loop, so that a state that Spin stores is a
 * valuation of the variables and nothing else. A call that is refused, and a transfer, changes nothing: it is no step.
 *
 * Sizes (-D): CLIENTS, DEVICES, OBJECTS of each client, PAGES, RIGHTS (1: read; 2: and read-write; 3: and write).
 * The including model defines: RUNNING (calls are served), LAUNCHED (processes come and go), UNIT_OF(d), CHECK_SERVICE.
 */

#define NOBJECTS       (CLIENTS * OBJECTS)
#define OWNER(o)       ((o) / OBJECTS)
#define BIT(n)         (1 << (n))
#define PAGE(o, p)     page[(o) * PAGES + (p)]

#define NO_PROCESS     0
#define PROCESS        1
#define CONNECTED      2

byte client[CLIENTS];      /* NO_PROCESS, PROCESS or CONNECTED */
byte inObject[DEVICES];    /* 0: in no object; o + 1: in object o (CM-7: in one at most) */
bit known[DEVICES];        /* the service knows its stream, from the configuration or from a client */
bit exists[NOBJECTS];
bit asked[NOBJECTS];       /* a mapping call for it has succeeded: requests are kept, were there none left */
byte realised[NOBJECTS];   /* units whose tables hold its mappings, as of the last grant (CM-10) */
byte waits[NOBJECTS];      /* its devices that have no access before the mappings are reissued (CM-9, CM-11) */
byte page[NOBJECTS * PAGES]; /* 0: not granted; else RIGHT 1 to RIGHTS */

hidden byte i, j, units, has;

/* What is true in every state. */
inline check() {
	for (i : 0 .. DEVICES - 1) {
		if
		:: inObject[i] != 0 ->
			assert(exists[inObject[i] - 1]);
			assert(known[i])
		:: else
		fi
	}
	for (j : 0 .. NOBJECTS - 1) {
		/* Of a service that runs, only connected clients have objects (G-28). */
		assert(!(RUNNING) || !exists[j] || client[OWNER(j)] == CONNECTED);
		assert(exists[j] || (!asked[j] && realised[j] == 0 && waits[j] == 0));
		for (i : 0 .. DEVICES - 1) {
			assert((waits[j] & BIT(i)) == 0 || inObject[i] == j + 1)
		}
		for (i : 0 .. PAGES - 1) {
			assert(exists[j] || PAGE(j, i) == 0)
		}
	}
	CHECK_SERVICE
}

/* The object goes, with its grants; its devices are in none (G-28). */
inline destroy(o) {
	for (i : 0 .. DEVICES - 1) {
		if
		:: inObject[i] == o + 1 -> inObject[i] = 0
		:: else
		fi
	}
	for (i : 0 .. PAGES - 1) {
		PAGE(o, i) = 0
	}
	exists[o] = 0; asked[o] = 0; realised[o] = 0; waits[o] = 0
}

inline destroyAllOf(c) {
	for (j : c * OBJECTS .. c * OBJECTS + OBJECTS - 1) {
		destroy(j)
	}
}

inline leave(d) {
	waits[inObject[d] - 1] = waits[inObject[d] - 1] & ~BIT(d);
	inObject[d] = 0
}

/* Whoever grants, attaches or creates does so as a connected client of a service that runs (PRV-1, G-27, DSS-1). */
#define SERVED(c)      ((RUNNING) && client[c] == CONNECTED)

#define FIRST_CLIENT   0
active [CLIENTS] proctype process() {
end:	do
	:: d_step { (LAUNCHED) && client[_pid - FIRST_CLIENT] == NO_PROCESS -> client[_pid - FIRST_CLIENT] = PROCESS; check() }
	/* smmu_init (API-1) */
	:: d_step { (RUNNING) && client[_pid - FIRST_CLIENT] == PROCESS -> client[_pid - FIRST_CLIENT] = CONNECTED; check() }
	/* smmu_fini (API-2): what is left is destroyed */
	:: d_step { SERVED(_pid - FIRST_CLIENT) -> destroyAllOf((_pid - FIRST_CLIENT)); client[_pid - FIRST_CLIENT] = PROCESS; check() }
	/* death: as if it had said so; where no service runs any more, tables stay as they are (G-8) */
	:: d_step { (LAUNCHED) && client[_pid - FIRST_CLIENT] != NO_PROCESS ->
		if
		:: RUNNING -> destroyAllOf((_pid - FIRST_CLIENT))
		:: else
		fi;
		client[_pid - FIRST_CLIENT] = NO_PROCESS;
		check() }
	od
}

/* One for each object. */
#define FIRST_OBJECT   (FIRST_CLIENT + CLIENTS)
#define ME             (_pid - FIRST_OBJECT)
active [NOBJECTS] proctype object() {
end:	do
	:: d_step { SERVED(OWNER(ME)) && !exists[ME] -> exists[ME] = 1; check() }
	:: d_step { SERVED(OWNER(ME)) && exists[ME] -> destroy(ME); check() }
	od
}
#undef ME

/* One for each object and device: the device goes in, from nowhere or from another object of the same client. */
#define FIRST_PLACE    (FIRST_OBJECT + NOBJECTS)
#define O              ((_pid - FIRST_PLACE) / DEVICES)
#define D              ((_pid - FIRST_PLACE) % DEVICES)
#ifdef MUTANT_THIEF
#define MAY_TAKE       1
#else
#define MAY_TAKE       (inObject[D] == 0 || OWNER(inObject[D] - 1) == OWNER(O))
#endif
active [NOBJECTS * DEVICES] proctype place() {
end:	do
	:: d_step { SERVED(OWNER(O)) && exists[O] && inObject[D] != O + 1 && MAY_TAKE ->
		assert(inObject[D] == 0 || OWNER(inObject[D] - 1) == OWNER(O)); /* CM-7 */
		if
		:: inObject[D] != 0 -> leave(D)
		:: else
		fi;
		inObject[D] = O + 1;
		known[D] = 1;
		has = 0;
		for (i : 0 .. PAGES - 1) {
			has = has || PAGE(O, i) != 0
		}
		if
		:: has && (realised[O] & BIT(UNIT_OF(D))) == 0 -> waits[O] = waits[O] | BIT(D)
		:: else
		fi;
		check() }
	/* CM-8: only the owner takes it out */
	:: d_step { SERVED(OWNER(O)) && inObject[D] == O + 1 -> leave(D); check() }
	od
}
#undef O
#undef D

/* One for each object and page. A grant is also the reissue that waiting devices need (CM-9). */
#define FIRST_PAGE     (FIRST_PLACE + NOBJECTS * DEVICES)
#define O              ((_pid - FIRST_PAGE) / PAGES)
#define P              ((_pid - FIRST_PAGE) % PAGES)
#define GRANTS(right)  d_step { SERVED(OWNER(O)) && exists[O] -> \
		PAGE(O, P) = right; \
		asked[O] = 1; \
		units = 0; \
		for (i : 0 .. DEVICES - 1) { \
			if \
			:: inObject[i] == O + 1 -> units = units | BIT(UNIT_OF(i)) \
			:: else \
			fi \
		} \
		realised[O] = units; \
		waits[O] = 0; \
		check() }
active [NOBJECTS * PAGES] proctype mapping() {
end:	do
	:: GRANTS(1)
#if RIGHTS > 1
	:: GRANTS(2)
#endif
#if RIGHTS > 2
	:: GRANTS(3)
#endif
	/* CM-13 */
	:: d_step { SERVED(OWNER(O)) && exists[O] -> PAGE(O, P) = 0; asked[O] = 1; check() }
	od
}
