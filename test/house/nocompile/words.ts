// What must not compile: each line below a directive is a mistake that the types catch (style 5).

import type { Diagnostic } from "../../../base/diagnostic.ts";
import { ok, type Result } from "../../../base/result.ts";
import { type Access, covers, READ } from "../../../events/vocabulary/access.ts";
import { type Address, type PageNumber, pageNumber } from "../../../events/vocabulary/address.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import { type ObjectName, objectName, type UnitName } from "../../../events/vocabulary/names.ts";

// @ts-expect-error a page number is made by its constructor, not from any number
export const page: PageNumber = 0x80000;
export const goodPage: PageNumber = pageNumber(0x80000);

// @ts-expect-error a 64-bit address is a page and an offset, not a number
export const address: Address = 0x80000000;

// @ts-expect-error rights are words of their own, not numbers
export const rights: Access = 3;
// @ts-expect-error nor is a number a set of rights where one is asked for
export const covered = covers(READ, 2);

// @ts-expect-error a text is no device until it is parsed
export const device: DeviceName = "pci:0000:00:02.0";

// @ts-expect-error an object is not a unit, though both are texts
export const unit: UnitName = objectName("o1");
export const object: ObjectName = objectName("o1");

// @ts-expect-error there is no such family
export const family: Family = "intel";

// @ts-expect-error a result is asked whether it is one before its value is taken
export const value = (ok(1) as Result<number, string>).value;

// @ts-expect-error a diagnostic has a code
export const diagnostic: Diagnostic = { file: null, line: null, severity: "error", message: "m" };
