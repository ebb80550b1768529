import type { Severity } from "../../base/diagnostic.ts";

/** What is fixed about a code: how bad it is unless the finding says otherwise, and what it says. */
export interface BuildCodeInfo {
  readonly severity: Severity;
  readonly title: string;
}

/** Every finding about an image buildfile; docs/diagnostics-buildfile.md explains each, with an example. */
export const BUILD_CODES = {
  // Reading.
  BLD001: { severity: "error", title: "not a text file" },
  BLD002: { severity: "error", title: "attribute list not closed" },
  BLD003: { severity: "error", title: "inline file not closed" },
  BLD004: { severity: "error", title: "closing brace without an inline file" },
  BLD005: { severity: "warning", title: "text on the line of a brace" },
  BLD006: { severity: "warning", title: "several attribute lists on one line" },
  BLD007: { severity: "warning", title: "more on the line than a file" },
  BLD008: { severity: "error", title: "file without a name or source" },
  BLD009: { severity: "error", title: "quotation not closed" },
  BLD010: { severity: "warning", title: "attribute that is likely misspelt" },
  BLD011: { severity: "error", title: "buildfile too large" },
  BLD012: { severity: "note", title: "excerpt" },
  BLD013: { severity: "warning", title: "no image description" },
  BLD014: { severity: "warning", title: "script not followed" },
  BLD015: { severity: "error", title: "scripts too long or nested too deep" },
  BLD016: { severity: "note", title: "more of the same" },
  BLD017: { severity: "warning", title: "macros not expanded" },
  // Start-up: what is run, and in which order.
  BLD101: { severity: "error", title: "no start-up script" },
  BLD102: { severity: "error", title: "service not started" },
  BLD103: { severity: "error", title: "service started after a DMA driver" },
  BLD104: { severity: "error", title: "service started with & before a DMA driver" },
  BLD105: { severity: "error", title: "service in the foreground holds up the script" },
  BLD106: { severity: "error", title: "service slain" },
  BLD107: { severity: "error", title: "service started twice" },
  BLD108: { severity: "warning", title: "service started only under a condition" },
  BLD109: { severity: "warning", title: "service started with & and nothing waits for it" },
  BLD110: { severity: "warning", title: "service is started by another program" },
  BLD111: { severity: "error", title: "driver that slm may start before the service" },
  BLD112: { severity: "warning", title: "service that slm does not wait for" },
  // Contents: what the image has.
  BLD201: { severity: "error", title: "service not in the image" },
  BLD202: { severity: "error", title: "configuration not in the image" },
  BLD203: { severity: "error", title: "configuration elsewhere in the image" },
  BLD204: { severity: "error", title: "support library not in the image" },
  BLD205: { severity: "error", title: "library not on the library path" },
  BLD206: { severity: "error", title: "board configuration library not in the image" },
  BLD207: { severity: "error", title: "libfdt.so not in the image of an ARM guest" },
  BLD208: { severity: "error", title: "safety service with a plain file" },
  BLD209: { severity: "error", title: "plain file under a safety name" },
  BLD210: { severity: "warning", title: "configuration not looked into" },
  BLD211: { severity: "warning", title: "file that may silently be missing" },
  BLD212: { severity: "warning", title: "PCI server support missing for the safety variant" },
  BLD213: { severity: "warning", title: "library path not set" },
  BLD214: { severity: "warning", title: "plain system process under the safety service" },
  BLD215: { severity: "warning", title: "file of the chain given twice" },
  BLD216: { severity: "error", title: "vdev-smmu not in the image of the host" },
} as const satisfies { readonly [code: string]: BuildCodeInfo };

/** One of {@link BUILD_CODES}. */
export type BuildCode = keyof typeof BUILD_CODES;
