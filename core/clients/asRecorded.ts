import type { ApiCall, ExpectedReturn } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import { ERRNOS, type Errno } from "../../events/vocabulary/clientApi.ts";
import type { IommuState } from "../state.ts";
import { type Answer, done, refused } from "./answer.ts";
import { agreesWith } from "./callConformance.ts";

/**
 * The recorded answer of a call, where ours is another one and rests on what the recorder of its client did not see: the
 * board, its units and reserved regions, the other clients, the service's own components. Null: the two can be compared.
 */
export function asRecorded(
  state: IommuState,
  call: ApiCall,
  ours: Answer,
  expected: ExpectedReturn | null,
): Answer | null {
  // A service that was started here knows its board, and so do we.
  if (expected?.returns === undefined || state.service !== null || agreesWith(call, ours, expected))
    return null;
  const { returns } = expected;
  const errno = ERRNOS.find((known) => known === expected.errno) ?? null;
  switch (call.function) {
    case "smmu_device_report_reserved":
      return noted({ ...answered(returns, errno), wrote: call.resv ?? null });
    case "smmu_safety":
      return errno === null && ours.errno === null ? noted(answered(returns, null)) : null;
    case "smmu_device_add_generic":
    case "smmu_device_add_pci":
    case "smmu_device_add_mmio":
      return deviceAdded(call.sop, ours, returns, errno);
    default:
      // Any call may find no service, or no memory.
      return errno !== null && ours.errno === null && ELSEWHERE.has(errno)
        ? noted(answered(returns, errno))
        : null;
  }
}

const ELSEWHERE: ReadonlySet<Errno> = new Set<Errno>(["EBADF", "ENOMEM"]);
const DEVICE_ELSEWHERE: ReadonlySet<Errno> = new Set<Errno>([...ELSEWHERE, "EBUSY", "ENOENT"]);

function deviceAdded(
  sop: string | null,
  ours: Answer,
  returns: number | string | null,
  errno: Errno | null,
): Answer | null {
  if (errno !== null) {
    const isSeen = sop === null && errno !== "ENOMEM"; // what it has itself a client can see
    return ours.errno === null && !isSeen && DEVICE_ELSEWHERE.has(errno)
      ? noted(answered(returns, errno))
      : null;
  }
  // A wildcard may match devices, and a unit may be known, that nobody told us of.
  if (ours.errno === "ENOENT" && sop !== null) return noted(answered(returns, null));
  if (ours.errno !== null || (returns !== 0 && returns !== 1)) return null;
  // Which units an object's mappings are realised on is not seen either (CM-10): what the service said decides.
  const outcomes = ours.outcomes.filter(({ kind }) => kind !== "ReissueAwaited");
  const waiting = returns === 1 ? outcomes.flatMap(reissueOf) : [];
  return noted({ ...ours, returns, outcomes: [...outcomes, ...waiting] });
}

function reissueOf(outcome: Outcome): Outcome[] {
  if (outcome.kind !== "DeviceAttached") return [];
  return [{ kind: "ReissueAwaited", object: outcome.object, device: outcome.device }];
}

function answered(returns: number | string | null, errno: Errno | null): Answer {
  return errno === null ? { ...done([]), returns } : { ...refused(errno), returns };
}

function noted(answer: Answer): Answer {
  return { ...answer, notes: ["as-recorded"] };
}
