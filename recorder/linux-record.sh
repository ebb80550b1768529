#!/bin/sh
# linux-record.sh: records on a running Linux machine what its IOMMU is told, for smmu-replay.
#
# Sets up through tracefs what a kernel command line with trace_event= and kprobe_event= sets up at boot
# (docs/recording.md), in a trace instance of its own: other people's tracing is neither seen nor disturbed. All state
# is in the kernel, under the name smmu_replay; `collect` and `cancel` take it away again.
#
# POSIX sh, and nothing on the target but a shell, awk, grep and the usual file tools (BusyBox will do).
#
# SPDX-License-Identifier: Apache-2.0
set -u
LC_ALL=C
export LC_ALL

NAME=smmu_replay
# For tests, and for a root file system that is mounted elsewhere.
ROOT=${SMMU_RECORD_ROOT-}

usage() {
	cat <<END
usage: linux-record.sh start [--buffer-kb N] [--keep oldest|newest] [--without-kprobes]
       linux-record.sh stop
       linux-record.sh collect DIR
       linux-record.sh cancel
       linux-record.sh status

start    begins to record. N: kernel memory for each CPU (default 8192). When it is full, the oldest events are kept
         (default: what is recorded then replays exactly, up to the loss) or the newest
stop     stops recording and keeps what was recorded
collect  writes the recording and the facts about the machine to the new folder DIR, and takes down what start set up.
         Without a recording it collects one that the kernel command line began at boot, and leaves that as it is
cancel   takes down what start set up, and drops what was recorded
status   says what is being recorded, and what was lost

Then, where smmu-replay is installed: smmu import DIR/ftrace.txt DIR/dmesg.txt --boot NAME
END
}

say() {
	printf '%s\n' "linux-record.sh: $*" >&2
}

die() {
	say "$@"
	exit 1
}

bad_usage() {
	say "$@"
	usage >&2
	exit 2
}

# The kernel says no by failing a write; every write is asked.
put() { # FILE TEXT
	{ printf '%s\n' "$2" >"$1"; } 2>/dev/null
}

# Always append to kprobe_events: opening it for writing from the start deletes everybody's probes.
append() { # FILE TEXT
	{ printf '%s\n' "$2" >>"$1"; } 2>/dev/null
}

first_line() { # FILE
	{ IFS= read -r line <"$1"; } 2>/dev/null || [ -n "${line-}" ] || line=
	printf '%s\n' "$line"
	line=
}

# ---- What this kernel has ----

find_tracefs() {
	[ "$(id -u)" = 0 ] || die "this needs root: tracefs is for root only"
	for folder in "$ROOT/sys/kernel/tracing" "$ROOT/sys/kernel/debug/tracing"; do
		if [ -e "$folder/events" ]; then
			TRACEFS=$folder
			INSTANCE=$TRACEFS/instances/$NAME
			return
		fi
	done
	if [ -d "$ROOT/sys/kernel/tracing" ]; then
		die "tracefs is not mounted: mount -t tracefs nodev /sys/kernel/tracing"
	fi
	die "this kernel has no tracefs (CONFIG_TRACING): it cannot be recorded"
}

recording() {
	[ -d "$INSTANCE" ]
}

our_probes() {
	[ -r "$TRACEFS/kprobe_events" ] && grep "^[a-z0-9]*:$NAME/" "$TRACEFS/kprobe_events" 2>/dev/null
}

boot_recording() {
	[ -r "$TRACEFS/kprobe_events" ] && grep -q '^[a-z0-9]*:kprobes/kmap ' "$TRACEFS/kprobe_events" 2>/dev/null
}

check_features() {
	[ -d "$TRACEFS/events/iommu" ] ||
		die "this kernel has no iommu events: it was built without CONFIG_IOMMU_API, or is too old"
	if [ -r "$ROOT/sys/kernel/security/lockdown" ]; then
		case $(first_line "$ROOT/sys/kernel/security/lockdown") in
		*'[confidentiality]'*) die "the kernel is locked down (confidentiality): it allows no tracing" ;;
		esac
	fi
	if [ "$kprobes" = yes ] && [ ! -e "$TRACEFS/kprobe_events" ]; then
		die "this kernel has no kprobe_events (CONFIG_KPROBE_EVENTS): domains and permissions cannot be seen." \
			"start --without-kprobes records the iommu events alone, which replay only where one domain exists"
	fi
	set -- "$ROOT"/sys/kernel/iommu_groups/*/devices/*
	[ -e "$1" ] ||
		say "note: no device is in an IOMMU group; is translation on (intel_iommu=on)?"
}

# ---- Probes: which function, and where its arguments are ----

symbol_count() { # NAME
	awk -v name="$1" '$3 == name { count++ } END { print count + 0 }' "$ROOT/proc/kallsyms"
}

# The first of the candidates that is there exactly once. Copies that the compiler made (name.isra.0) do not count:
# their arguments may be elsewhere.
choose_symbol() { # WHAT CANDIDATE...
	what=$1
	shift
	for candidate in "$@"; do
		case $(symbol_count "$candidate") in
		1)
			printf '%s\n' "$candidate"
			return 0
			;;
		0) ;;
		*) say "note: $candidate is not used to see $what: the kernel has several functions of that name" ;;
		esac
	done
	say "no function of this kernel shows $what: none of $* can be probed." \
		"start --without-kprobes records the iommu events alone, which replay only where one domain exists"
	return 1
}

# The drivers' own functions, in case the core's was inlined. Which driver runs shows in /sys/class/iommu.
attach_candidates() {
	printf '%s\n' __iommu_attach_device
	for unit in "$ROOT"/sys/class/iommu/*; do
		case ${unit##*/} in
		dmar*) printf '%s\n' intel_iommu_attach_device ;;
		ivhd*) printf '%s\n' amd_iommu_attach_device ;;
		smmu* | arm-smmu*) printf '%s\n' arm_smmu_attach_dev ;;
		esac
	done | sort -u
}

# Sets arg1 to arg5: by number where the kernel can, else by the registers of the calling convention.
choose_arguments() {
	# The kernel documents its own probe syntax; $arg<N> came with 4.20.
	# shellcheck disable=SC2016
	if grep -q '\$arg<N>' "$TRACEFS/README" 2>/dev/null; then
		arg1='$arg1' arg2='$arg2' arg3='$arg3' arg4='$arg4' arg5='$arg5'
		return
	fi
	machine=$(uname -m)
	case $machine in
	x86_64) arg1=%di arg2=%si arg3=%dx arg4=%cx arg5=%r8 ;;
	aarch64) arg1=%x0 arg2=%x1 arg3=%x2 arg4=%x3 arg5=%x4 ;;
	*)
		say "this kernel cannot name a function's arguments (\$arg1), and where they are on $machine is not known here." \
			"start --without-kprobes records the iommu events alone, which replay only where one domain exists"
		return 1
		;;
	esac
}

# Where a struct device keeps its name: first in it since 5.2, after two pointers before.
choose_device_name() {
	release=$(uname -r)
	major=${release%%.*}
	minor=${release#*.}
	minor=${minor%%[!0-9]*}
	case $major in
	[0-4]) name_at=16 ;;
	5) if [ "${minor:-0}" -lt 2 ]; then name_at=16; else name_at=0; fi ;;
	*) name_at=0 ;;
	esac
}

define_probe() { # NAME SYMBOL ARGUMENTS
	append "$TRACEFS/kprobe_events" "p:$NAME/$1 $2 $3" && return
	say "the kernel refuses the probe $1 on $2; its reason:"
	tail -n 3 "$TRACEFS/error_log" >&2 2>/dev/null || say "(not told: this kernel has no error_log)"
	return 1
}

define_probes() {
	choose_arguments || return
	choose_device_name
	map=$(choose_symbol mappings __iommu_map iommu_map_nosync iommu_map) || return
	unmap=$(choose_symbol unmappings __iommu_unmap iommu_unmap) || return
	# Words on purpose: one candidate each.
	# shellcheck disable=SC2046
	attach=$(choose_symbol attachments $(attach_candidates)) || return
	define_probe kmap "$map" "dom=$arg1 iova=$arg2 pa=$arg3 size=$arg4 prot=$arg5" &&
		define_probe kunmap "$unmap" "dom=$arg1 iova=$arg2 size=$arg3" &&
		define_probe kattach "$attach" "dom=$arg1 dev=+0(+$name_at($arg2)):string"
}

# ---- Setting up and taking down ----

enable_events() { # FOLDER under events/
	put "$INSTANCE/events/$1/enable" 1 || {
		say "the kernel refuses to enable the events $1"
		return 1
	}
}

set_up() {
	put "$INSTANCE/tracing_on" 0 || {
		say "the trace instance cannot be stopped"
		return 1
	}
	# The clock of dmesg, and in order across CPUs: both files then merge by time.
	put "$INSTANCE/trace_clock" global || {
		say "the kernel refuses the clock 'global'"
		return 1
	}
	put "$INSTANCE/buffer_size_kb" "$buffer_kb" || {
		say "the kernel has no $buffer_kb KiB a CPU to spare: give a smaller --buffer-kb"
		return 1
	}
	overwrite=0
	[ "$keep" = oldest ] || overwrite=1
	put "$INSTANCE/options/overwrite" "$overwrite" || {
		say "the kernel refuses to keep the $keep events"
		return 1
	}
	if [ "$kprobes" = yes ]; then
		define_probes && enable_events "$NAME" || return 1
	fi
	enable_events iommu || return 1
	# Intel's own events tell of invalidations; other units have none.
	if [ -d "$INSTANCE/events/intel_iommu" ]; then
		enable_events intel_iommu || return 1
	fi
	put "$INSTANCE/tracing_on" 1 || {
		say "the trace instance cannot be started"
		return 1
	}
}

# Probes can go only after the instance that uses them.
take_down() {
	if recording && ! rmdir "$INSTANCE" 2>/dev/null; then
		say "the trace instance $INSTANCE cannot be removed, nor its probes: is a program reading it?"
		return 1
	fi
	failed=0
	for probe in kmap kunmap kattach; do
		if our_probes | grep -q "/$probe " && ! append "$TRACEFS/kprobe_events" "-:$NAME/$probe"; then
			say "the probe $NAME/$probe cannot be removed"
			failed=1
		fi
	done
	return "$failed"
}

abandon_start() {
	take_down && say "nothing is recorded, and nothing was left behind"
}

cmd_start() {
	buffer_kb=8192 keep=oldest kprobes=yes
	while [ $# -gt 0 ]; do
		case $1 in
		--buffer-kb)
			case ${2-} in
			'' | *[!0-9]* | 0* | ?????????*) bad_usage "--buffer-kb needs a number of KiB, such as 8192" ;;
			esac
			buffer_kb=$2
			shift
			;;
		--keep)
			case ${2-} in
			oldest | newest) keep=$2 ;;
			*) bad_usage "--keep needs 'oldest' or 'newest'" ;;
			esac
			shift
			;;
		--without-kprobes) kprobes=no ;;
		*) bad_usage "start knows no '$1'" ;;
		esac
		shift
	done
	find_tracefs
	recording && die "a recording is there already: collect or cancel it first"
	check_features
	if our_probes >/dev/null; then
		say "note: removing probes that a broken-off start left behind"
		take_down || exit 1
	fi
	trap 'exit 1' HUP INT TERM
	trap abandon_start EXIT
	mkdir "$INSTANCE" 2>/dev/null || die "the kernel refuses a trace instance in $TRACEFS/instances"
	set_up || exit 1
	trap - EXIT HUP INT TERM
	say "recording into at most $buffer_kb KiB of kernel memory for each CPU."
	say "what was mapped before now is not known; docs/recording.md says how to see a device from its beginning"
}

cmd_stop() {
	find_tracefs
	recording || die "nothing is being recorded"
	put "$INSTANCE/tracing_on" 0 || die "the trace instance cannot be stopped"
	say "stopped; collect DIR writes what was recorded"
}

cmd_cancel() {
	find_tracefs
	recording || our_probes >/dev/null || die "nothing is being recorded"
	take_down || exit 1
	say "dropped"
}

# Events that did not fit: overwritten ones (overrun) and refused ones (dropped), over all CPUs.
lost_events() { # TRACE-FOLDER
	cat "$1"/per_cpu/cpu*/stats 2>/dev/null |
		awk -F': *' '$1 == "overrun" || $1 == "dropped events" { lost += $2 } END { print lost + 0 }'
}

cmd_status() {
	find_tracefs
	if recording; then
		case $(first_line "$INSTANCE/tracing_on") in
		1) say "recording; $(lost_events "$INSTANCE") events lost so far" ;;
		*) say "stopped; $(lost_events "$INSTANCE") events lost; collect DIR writes the rest" ;;
		esac
		our_probes
	elif boot_recording; then
		say "recording since boot, by the kernel command line; $(lost_events "$TRACEFS") events lost so far"
	else
		say "nothing is being recorded"
	fi
}

# ---- Collecting ----

copy() { # FROM TO
	[ -r "$1" ] && cat "$1" >"$2" 2>/dev/null && return
	rm -f "$2"
	say "note: $1 cannot be read; the recording goes without it"
}

collect_pci() {
	for device in "$ROOT"/sys/bus/pci/devices/*; do
		[ -e "$device/vendor" ] || continue
		driver=$(readlink "$device/driver")
		group=$(readlink "$device/iommu_group")
		printf '%s vendor=%s device=%s class=%s driver=%s group=%s path=%s\n' "${device##*/}" \
			"$(first_line "$device/vendor")" "$(first_line "$device/device")" "$(first_line "$device/class")" \
			"${driver##*/}" "${group##*/}" "$(readlink "$device")"
	done
}

collect_groups() {
	for group in "$ROOT"/sys/kernel/iommu_groups/*; do
		[ -d "$group/devices" ] || continue
		printf 'group %s type=%s devices=' "${group##*/}" "$(first_line "$group/type")"
		for device in "$group"/devices/*; do
			printf '%s ' "${device##*/}"
		done
		printf '\n'
		if [ -r "$group/reserved_regions" ]; then
			while IFS= read -r region; do
				printf '  reserved %s\n' "$region"
			done <"$group/reserved_regions"
		fi
	done | sort_groups
}

# Groups by number: the shell sorts 10 before 2. Reserved lines stay with their group.
sort_groups() {
	awk '/^group / { n = $2 } { printf "%08d %06d %s\n", n, NR, $0 }' | sort | cut -c17-
}

collect_config() {
	release=$(uname -r)
	if [ -r "$ROOT/boot/config-$release" ]; then
		cat "$ROOT/boot/config-$release"
	elif [ -r "$ROOT/proc/config.gz" ]; then
		gzip -dc "$ROOT/proc/config.gz"
	else
		say "note: the kernel's configuration is not to be found; the recording goes without it"
	fi | grep -E '^(# )?CONFIG_[A-Z0-9_]*(IOMMU|SMMU|KPROBE|VFIO|ARM64_.*PAGES|X86_KERNEL_IBT)'
}

collect_facts() { # TRACE-FOLDER
	printf 'recorder: linux-record.sh 1\n'
	printf 'kernel: %s\n' "$(uname -srvm)"
	printf 'units:'
	for unit in "$ROOT"/sys/class/iommu/*; do
		[ -e "$unit" ] && printf ' %s' "${unit##*/}"
	done
	printf '\n'
	printf 'since: %s\n' "$since"
	printf 'clock: %s\n' "$(sed 's/.*\[\(.*\)\].*/\1/' "$1/trace_clock")"
	printf 'events lost: %s\n' "$lost"
	printf 'probes:\n'
	grep -E "^[a-z0-9]*:($NAME|kprobes)/k(map|unmap|attach) " "$TRACEFS/kprobe_events" 2>/dev/null || printf 'none\n'
}

collect_files() { # TRACE-FOLDER TO
	cat "$1/trace" >"$2/ftrace.txt" || return 1
	dmesg >"$2/dmesg.txt" || return 1
	copy "$ROOT/proc/cmdline" "$2/cmdline.txt"
	copy "$ROOT/proc/iomem" "$2/iomem.txt"
	collect_groups >"$2/iommu-groups.txt" || return 1
	collect_pci >"$2/pci.txt" || return 1
	collect_config >"$2/config.txt" || rm -f "$2/config.txt"
	for table in DMAR IORT IVRS MCFG APIC; do
		[ -e "$ROOT/sys/firmware/acpi/tables/$table" ] || continue
		mkdir -p "$2/acpi" || return 1
		copy "$ROOT/sys/firmware/acpi/tables/$table" "$2/acpi/$table.dat"
	done
	if [ -e "$ROOT/sys/firmware/fdt" ]; then
		copy "$ROOT/sys/firmware/fdt" "$2/board.dtb"
	fi
	collect_facts "$1" >"$2/recording.txt"
}

# What a reader of the recording should know at once.
warn_of_gaps() { # FOLDER
	[ "$lost" = 0 ] || say "warning: $lost events were lost for want of memory: record again with a larger --buffer-kb"
	grep -q ' kmap: ' "$1/ftrace.txt" ||
		say "warning: no mapping was seen with its domain; no device was busy, or the probes are missing"
	if grep -q ' kattach: .*dev="\{0,1\}(fault)' "$1/ftrace.txt"; then
		say "warning: devices' names could not be read: this kernel keeps them elsewhere"
	fi
}

abandon_collect() {
	rm -rf "$part"
	put "$trace/tracing_on" "$was_on"
	say "$to cannot be written; what was recorded is still in the kernel"
}

cmd_collect() {
	[ $# = 1 ] || bad_usage "collect needs one folder"
	to=${1%/}
	case $to in
	'') bad_usage "collect needs one folder" ;;
	-*) bad_usage "collect knows no '$1'" ;;
	esac
	find_tracefs
	[ -e "$to" ] && die "$to is there already: name a new folder"
	if recording; then
		trace=$INSTANCE since='started at run time: earlier mappings are not known'
	elif boot_recording; then
		trace=$TRACEFS since='boot, by the kernel command line'
	else
		die "nothing is being recorded: start first, or boot with the command line of docs/recording.md"
	fi
	part=$to.part
	mkdir "$part" 2>/dev/null || die "$part cannot be made"
	was_on=$(first_line "$trace/tracing_on")
	trap 'exit 1' HUP INT TERM
	trap abandon_collect EXIT
	put "$trace/tracing_on" 0 || say "note: tracing goes on while it is being read"
	lost=$(lost_events "$trace")
	collect_files "$trace" "$part" && mv "$part" "$to" || exit 1
	trap - EXIT HUP INT TERM
	if recording; then
		take_down || die "$to is written, but the machine is not as it was: try cancel"
	else
		put "$trace/tracing_on" "$was_on"
	fi
	warn_of_gaps "$to"
	say "written: $to"
	say "next, where smmu-replay is installed: smmu import $to/ftrace.txt $to/dmesg.txt --boot ${to##*/}"
}

case ${1-} in
start | stop | collect | cancel | status)
	command=$1
	shift
	case $command in
	stop | cancel | status) [ $# = 0 ] || bad_usage "$command takes nothing" ;;
	esac
	"cmd_$command" "$@"
	;;
help | --help | -h) usage ;;
'') bad_usage "say what to do" ;;
*) bad_usage "there is no '$1'" ;;
esac
