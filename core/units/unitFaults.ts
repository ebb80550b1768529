/**
 * The fault registers or the event queue of one unit, where the recording says how many records they hold. Without
 * that the service is taken to read each record before the next fault comes.
 */
export interface UnitFaults {
  /** Records that fit: VT-d NFR, entries of an event queue; of context banks each holds one (hardware 1.6, 2.2, 3.5). */
  readonly records: number;
  /** VT-d: a fault of a requester that has a record already is dropped without a sign (hardware 1.6 b). */
  readonly merging: boolean;
  /** Records that the service has not read yet. */
  readonly held: readonly HeldRecord[];
  /** A fault was lost since the service last read: PFO, MULTI, OVFLG. */
  readonly overflow: boolean;
}

/** A record in a unit: whose it is, and the seq of the transfer it is of. */
export interface HeldRecord {
  readonly holder: string;
  readonly fault: number;
}
