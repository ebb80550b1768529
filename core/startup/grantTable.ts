import { type Access, unionAccess } from "../../events/vocabulary/access.ts";
import type { AddressSpaceEdit } from "../parts/addressSpace.ts";

/** Grants pages on top of what a table has: where two regions touch one page it gets the rights of both (CM-6, G-26). */
export function addGrant(
  edit: AddressSpaceEdit,
  firstPage: number,
  lastPage: number,
  access: Access,
  since: number,
): void {
  let next = firstPage;
  for (const known of edit.within(firstPage, lastPage)) {
    if (known.first > next) edit.map(next, known.first - 1, { delta: 0, access, since });
    edit.map(known.first, known.last, {
      ...known.value,
      access: unionAccess(known.value.access, access),
    });
    next = known.last + 1;
  }
  if (next <= lastPage) edit.map(next, lastPage, { delta: 0, access, since });
  // Nothing was revoked: what was replaced was only widened.
  edit.invalidate(firstPage, lastPage);
}
