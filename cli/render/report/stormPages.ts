import { formatAddress } from "../../../events/vocabulary/address.ts";
import type { Storm } from "../../../replay/storms.ts";

/** The pages of a storm: one address, or the range of its run. */
export function stormPages({ firstPage, lastPage }: Pick<Storm, "firstPage" | "lastPage">): string {
  if (firstPage === null || lastPage === null) return "-";
  return firstPage === lastPage
    ? formatAddress(firstPage)
    : `${formatAddress(firstPage)}-${formatAddress(lastPage, 0xfff)}`;
}
