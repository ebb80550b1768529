/** The longest buildfile, or script of its image, in bytes. Real ones have tens of kilobytes. */
export const BUILDFILE_BYTES_MAX = 8 * 1024 * 1024;
/** Entries of one buildfile. */
export const ENTRIES_MAX = 50_000;
/** Attributes of one list. */
export const ATTRIBUTES_MAX = 256;
/** UTF-16 units of one name or attribute. */
export const NAME_LENGTH_MAX = 4096;
/** Commands of all scripts that are followed, each time counted. */
export const COMMANDS_MAX = 100_000;
/** Words of one command. */
export const COMMAND_WORDS_MAX = 4096;
/** Scripts inside scripts. */
export const SCRIPT_DEPTH_MAX = 8;
/** Links followed for one path. */
export const LINKS_MAX = 16;
/** How many findings of one code are listed; the rest are counted in one more. */
export const FINDINGS_PER_CODE_MAX = 50;
/** How many lines an attribute list may span. */
export const ATTRIBUTE_LINES_MAX = 20;
/** Starts of the service whose configurations are read; one is right, and a second is an error. */
export const STARTS_MAX = 16;
