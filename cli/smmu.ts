#!/usr/bin/env node
import { EXIT } from "./exitCodes.ts";
import { isMissingBinding, MISSING_BINDING } from "./missingBinding.ts";

try {
  await import("./main.ts");
} catch (error) {
  if (!isMissingBinding(error)) throw error;
  process.stderr.write(`smmu: ${MISSING_BINDING}\n`);
  process.exitCode = EXIT.usage;
}
