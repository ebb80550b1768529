// The compiler writes plain files; a command must be executable.
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/cli/smmu.js", import.meta.url), 0o755);
