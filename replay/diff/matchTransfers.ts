import type { DeviceName } from "../../events/vocabulary/device.ts";
import { type Alignment, align, alignRest } from "./align.ts";
import { mixed } from "./column.ts";
import type { GrantMatch } from "./matchGrants.ts";
import { commonDevices, type Match } from "./matchObjects.ts";
import { type Grants, type Transfers, tailLength } from "./portrait.ts";
import { settle } from "./settle.ts";

/** The transfers of one device in both boots, aligned. */
export interface TransferMatch {
  readonly device: DeviceName;
  readonly a: Transfers;
  readonly b: Transfers;
  readonly alignment: Alignment;
}

/** Aligns the transfers of each device that both boots have: by the grant they used and the place in it, then by form. */
export function matchTransfers(match: Match, grants: GrantMatch): TransferMatch[] {
  return commonDevices(match).map((device) => {
    const a = match.a.devices.get(device)!.transfers;
    const b = match.b.devices.get(device)!.transfers;
    const tokensA = tokensOf(a, match.a.grants, (row) => (grants.inB[row]! >= 0 ? row : -1));
    const tokensB = tokensOf(b, match.b.grants, (row) => grants.inA[row]!);
    const tail = tailLength(match.a, a.seq.length, (i) => a.seq.at(i));
    const byGrant = align(tokensA, tokensB, tail);
    const sameForm = alignRest(byGrant, formOf(a), formOf(b));
    const verdictsOf = (transfers: Transfers, tokens: Float64Array) => ({
      tokens,
      verdictOf: (index: number) => transfers.verdict.at(index),
    });
    const alignment = settle(sameForm, verdictsOf(a, tokensA), verdictsOf(b, tokensB));
    return { device, a, b, alignment };
  });
}

/** `grantOf` names a grant as both boots name it, or -1: then the address itself is all that is known. */
function tokensOf(transfers: Transfers, grants: Grants, grantOf: (row: number) => number): Float64Array {
  const tokens = new Float64Array(transfers.seq.length);
  for (let i = 0; i < tokens.length; i++) {
    const row = transfers.grant.at(i);
    const shared = row < 0 ? -1 : grantOf(row);
    const page = transfers.page.at(i);
    tokens[i] = mixed(shared + 1, shared < 0 ? page : page - grants.first.at(row), transfers.shape.at(i));
  }
  return tokens;
}

function formOf(transfers: Transfers): (index: number) => number {
  return (index) => transfers.shape.at(index);
}
