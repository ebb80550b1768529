import { AssertionError } from "../base/assert.ts";
import { PAGE_LIMIT } from "../events/vocabulary/address.ts";
import { type Derived, type FaultRow, type MappingRow, STORED_BYTES_MAX } from "./eventStore.ts";

/** Asserts that a block is one: our own codec made it, so anything else is our bug and must not reach the log. */
export function assertBlock(count: number, bytes: Uint8Array): void {
  if (!isCount(count) || count === 0) fail(`a block holds at least one event, got ${count}`);
  assertBytes("block", bytes);
}

/** Asserts that derived rows fit their columns and speak of a log of `events` events. */
export function assertDerived(derived: Derived, events: number): void {
  for (const snapshot of derived.snapshots) {
    assertSeq("snapshot", snapshot.seq);
    if (snapshot.seq > events) fail(`snapshot ${snapshot.seq} is beyond the ${events} events of the log`);
    assertBytes("snapshot", snapshot.bytes);
  }
  for (const fault of derived.faults) assertFault(fault);
  for (const mapping of derived.mappings) assertMapping(mapping);
  for (const loss of derived.losses) {
    assertSeq("loss", loss.seq);
    assertTime("loss", loss.seq, loss.t);
    if (loss.count !== null) assertCount("loss", loss.count);
  }
  for (const finding of derived.findings) assertSeq("finding", finding.seq);
  for (const verdict of derived.verdicts) assertCount("verdict", verdict.count);
}

/** Asserts that a list of files only grows: the numbers that blocks hold must keep their meaning. */
export function assertFiles(known: readonly string[], names: readonly string[]): void {
  if (known.some((name, i) => names[i] !== name))
    fail("the files of a boot were renumbered while it was written");
}

function assertFault(fault: FaultRow): void {
  assertSeq("fault", fault.seq);
  assertTime("fault", fault.seq, fault.t);
  if (fault.page !== null) assertPage("fault", fault.seq, fault.page);
}

function assertMapping(mapping: MappingRow): void {
  assertSeq("mapping", mapping.grantedSeq);
  if (mapping.revokedSeq !== null) assertSeq("mapping", mapping.revokedSeq);
  assertPage("mapping", mapping.grantedSeq, mapping.firstPage);
  assertPage("mapping", mapping.grantedSeq, mapping.lastPage);
  assertPage("mapping", mapping.grantedSeq, mapping.targetPage);
  if (mapping.firstPage > mapping.lastPage)
    fail(`mapping of seq ${mapping.grantedSeq} ends before it begins`);
}

function assertSeq(what: string, seq: number): void {
  if (!isCount(seq)) fail(`${what}: ${seq} is not a sequence number`);
}

function assertPage(what: string, seq: number, page: number): void {
  if (!isCount(page) || page >= PAGE_LIMIT) fail(`${what} of seq ${seq}: ${page} is not a page`);
}

function assertTime(what: string, seq: number, t: number | null): void {
  if (t !== null && !Number.isSafeInteger(t))
    fail(`${what} of seq ${seq}: ${t} is not a time in nanoseconds`);
}

function assertCount(what: string, count: number): void {
  if (!isCount(count)) fail(`${what}: ${count} is not a count`);
}

function assertBytes(what: string, bytes: Uint8Array): void {
  if (bytes.length > STORED_BYTES_MAX) fail(`a ${what} of ${bytes.length} bytes is too long to be stored`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

// A message is made only when it is needed: hundreds of thousands of rows pass through here.
function fail(message: string): never {
  throw new AssertionError(message);
}
