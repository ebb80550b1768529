/*
 * The preset `cached-pages`: a unit that caches the entries of a table of PAGES pages (1 to 8), and a Design Safe State
 * that empties everything. One process, always at the head of its loop: the fastest form of it for Spin.
 */
bit up, dss;
byte access[PAGES];
byte cached[PAGES];

hidden byte i;

inline check() {
	if
	:: dss ->
		for (i : 0 .. PAGES - 1) {
			assert(cached[i] == 0)
		}
	:: else
	fi;
	skip
}

#define MAP(p, right)  :: d_step { up && !dss -> access[p] = right; cached[p] = 0; check() }
#define OF_PAGE(p)     MAP(p, 0) MAP(p, 1) MAP(p, 2) MAP(p, 3) \
	:: d_step { up && !dss && access[p] != 0 -> cached[p] = access[p]; check() }

active proctype machine() {
end:	do
	:: d_step { !up && !dss -> up = 1; check() }
	:: d_step { up && !dss ->
		dss = 1;
		for (i : 0 .. PAGES - 1) {
			access[i] = 0;
			cached[i] = 0
		}
		check() }
	:: d_step { up && dss -> up = 0; check() }
	OF_PAGE(0)
#if PAGES > 1
	OF_PAGE(1)
#endif
#if PAGES > 2
	OF_PAGE(2)
#endif
#if PAGES > 3
	OF_PAGE(3)
#endif
#if PAGES > 4
	OF_PAGE(4)
#endif
#if PAGES > 5
	OF_PAGE(5)
#endif
#if PAGES > 6
	OF_PAGE(6)
#endif
#if PAGES > 7
	OF_PAGE(7)
#endif
	od
}
