import type { ComponentChildren } from "preact";
import { count } from "../format.ts";
import { boot } from "../model.ts";
import { goTo } from "../navigate.ts";

/** A link that moves the cursor; it can be copied, and opened in a tab of its own. */
export function Jump({ seq, children }: { readonly seq: number; readonly children?: ComponentChildren }) {
  const href = `?boot=${encodeURIComponent(boot.value?.boot ?? "")}&seq=${seq}`;
  return (
    <a
      class="jump"
      href={href}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        goTo(seq);
      }}
    >
      {children ?? `#${count(seq)}`}
    </a>
  );
}
