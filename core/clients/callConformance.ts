import type { Json } from "../../base/canonicalJson.ts";
import type { ApiCall, ExpectedReturn } from "../../events/clientEvents.ts";
import type { ApiFunction } from "../../events/vocabulary/clientApi.ts";
import type { Answer } from "./answer.ts";

/** Functions whose success is any number that is not negative (VER-5, API-8). */
const ANY_SUCCESS: ReadonlySet<ApiFunction> = new Set<ApiFunction>(["smmu_init", "smmu_mapping_add"]);

/**
 * Whether a return is the expected one. An object is an object, whatever a recorder calls it; -1 of an unsigned
 * function may be told as either (API-9); errno is compared where it was recorded.
 */
export function agreesWith(
  call: ApiCall,
  answer: Pick<Answer, "returns" | "errno">,
  expected: ExpectedReturn,
): boolean {
  const name = call.function;
  // How "no record" is told is not documented (G-30): a recorder that saw nothing written agrees with EAGAIN.
  if (name === "smmu_xfer_status" && isNothing(call.ssp) && answer.errno === "EAGAIN") return true;
  if (expected.errno !== undefined && expected.errno !== answer.errno) return false;
  const { returns } = expected;
  if (returns === undefined) return true;
  if (name === "smmu_obj_create") return isNull(returns) === (answer.returns === null);
  if (typeof returns === "number" && typeof answer.returns === "number") {
    if (ANY_SUCCESS.has(name) && returns >= 0) return answer.returns >= 0;
    return signed(returns) === answer.returns;
  }
  return returns === answer.returns;
}

function isNothing(written: Json | undefined): boolean {
  return typeof written === "object" && written !== null && Object.keys(written).length === 0;
}

function isNull(returns: number | string | null): boolean {
  return returns === null || returns === 0 || returns === "NULL" || returns === "0x0";
}

function signed(value: number): number {
  return value === 0xffff_ffff ? -1 : value;
}
