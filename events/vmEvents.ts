/** What happens to virtual machines (contract 5). */
export type VmStimulus = never;

/** What the hypervisor and the services make of it. */
export type VmOutcome = never;
