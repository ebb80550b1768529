/*
 * The preset `ownership`: clients of a service that runs, on one unit; at any moment a signal may stop the service (G-8),
 * and then everything stays as it is but for processes, which come and go unheard.
 */
#define UNITS          1
#define UNIT_OF(d)     0

bit stopped;

#define RUNNING        (!stopped)
#define LAUNCHED       1
#define CHECK_SERVICE  skip

#include "clients.pml"

active proctype service() {
end:	do
	:: d_step { !stopped -> stopped = 1 }
	od
}
