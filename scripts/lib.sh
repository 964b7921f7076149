# lib.sh - what the scripts share: packages, a private build, a private server
#
# Sourced, not run.  Nothing here touches an installed or a running server:
# the extension is built from a copy of the checkout in a temporary folder,
# installed into a tree below that folder, and used by a cluster below it that
# listens on a Unix socket in it and nowhere else.

set -eu
umask 022
export LC_ALL=C.UTF-8 LANG=C.UTF-8
unset PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGOPTIONS PGPASSFILE PGTZ PGDATESTYLE

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=				# the temporary folder, once there is one
user=				# who runs the server

# Warnings that the server's own headers and macros give are not ours.
strict_flags='-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare'
strict_flags="$strict_flags -Wno-missing-field-initializers -Wno-cast-function-type -Wno-clobbered"

say()
{
	printf '[%3d s] %s\n' "$SECONDS" "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# quietly NAME COMMAND...: run with the output in $work/NAME.log; show its end
# if the command fails.
quietly()
{
	local log=$work/$1.log

	shift
	if ! "$@" >>"$log" 2>&1 </dev/null
	then
		tail -n 40 "$log" >&2
		return 1
	fi
}

# watched SECONDS COMMAND...: run with a time limit and so that a signal to
# this script is acted upon at once, not when the command ends.
child=
watched()
{
	local status=0

	timeout "$@" </dev/null &
	child=$!
	wait "$child" || status=$?
	child=
	return "$status"
}

# -- packages ---------------------------------------------------------------

as_root()
{
	if [ "$(id -u)" = 0 ]
	then
		"$@"
	elif command -v sudo >/dev/null
	then
		sudo "$@"
	else
		die "needs root or sudo to run: $*"
	fi
}

# The newest server under /usr/lib/postgresql that has file $1, by number.
newest_server()
{
	local dir newest=

	for dir in /usr/lib/postgresql/*/
	do
		dir=${dir%/}
		[ -e "$dir/$1" ] && [ "${dir##*/}" -ge "${newest:-15}" ] && newest=${dir##*/}
	done
	printf '%s' "$newest"
}

pgxs_path=lib/pgxs/src/makefiles/pgxs.mk

# Sets pg_config to that of a server that can run and be built for, if any:
# what PG_CONFIG names, else the newest of Debian's, else the one in PATH.
find_server()
{
	local dir candidate

	pg_config=
	if [ -n "${PG_CONFIG:-}" ]
	then
		pg_config=$(command -v "$PG_CONFIG") || die "PG_CONFIG names no program: $PG_CONFIG"
		return 0
	fi
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/ | sort -t/ -k5 -rn)
	do
		dir=${dir%/}
		if [ -x "$dir/bin/postgres" ] && [ -e "$dir/$pgxs_path" ] && [ "${dir##*/}" -ge 15 ]
		then
			pg_config=$dir/bin/pg_config
			return 0
		fi
	done
	candidate=$(command -v pg_config || true)
	if [ -n "$candidate" ] && [ -x "$("$candidate" --bindir)/postgres" ] && [ -e "$("$candidate" --pgxs)" ]
	then
		pg_config=$candidate
	fi
}

apt_install()
{
	local conf=/etc/postgresql-common/createcluster.d/journey-no-cluster.conf

	command -v apt-get >/dev/null ||
		die "needs these Debian packages, or what corresponds to them: $*"
	say "installing from Debian's packages: $*"

	# A server package starts a cluster of its own when it is first installed.
	# Nobody asked for that one.
	as_root mkdir -p "${conf%/*}"
	echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
	packages_conf=$conf
	if ! as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "$@" >"$work/apt.log" 2>&1 </dev/null
	then
		# The package lists may be missing or old.
		as_root apt-get update -q >"$work/apt.log" 2>&1 </dev/null ||
			{ tail -n 20 "$work/apt.log" >&2; die "apt-get update failed"; }
		as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -q --no-install-recommends "$@" >>"$work/apt.log" 2>&1 </dev/null ||
			{ tail -n 20 "$work/apt.log" >&2; die "apt-get could not install: $*"; }
	fi
	as_root rm -f "$conf"
	packages_conf=
}

# The server version that this distribution has.
debian_version()
{
	apt-cache depends postgresql 2>/dev/null |
		sed -n 's/^ *Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
}

# need PROGRAM=PACKAGE...: install what is missing, then find the server.
need()
{
	local pair wanted missing=

	for pair
	do
		command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
	done
	[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"

	find_server
	if [ -z "$pg_config" ] && command -v apt-get >/dev/null
	then
		wanted=$(newest_server bin/postgres)
		if [ -z "$wanted" ]
		then
			wanted=$(debian_version)
			if [ -z "$wanted" ]
			then
				say "reading Debian's package lists"
				as_root apt-get update -q >"$work/apt.log" 2>&1 </dev/null ||
					{ tail -n 20 "$work/apt.log" >&2; die "apt-get update failed"; }
				wanted=$(debian_version)
			fi
			[ "${wanted:-0}" -ge 15 ] ||
				die "this distribution has no PostgreSQL 15 or later (found: ${wanted:-none})"
			missing="$missing postgresql-$wanted"
		fi
		missing="$missing postgresql-server-dev-$wanted"
	fi

	# shellcheck disable=SC2086
	[ -z "$missing" ] || apt_install $missing
	hash -r
	[ -n "$pg_config" ] || find_server
	[ -n "$pg_config" ] || die "no PostgreSQL 15 or later with its development files was found"
	bindir=$("$pg_config" --bindir)
	[ -x "$bindir/postgres" ] || die "$pg_config has no server beside it"
	version=$("$pg_config" --version)
	major=${version#PostgreSQL }
	major=${major%%[!0-9]*}
	[ "$major" -ge 15 ] || die "needs PostgreSQL 15 or later, $pg_config is $version"
	PATH=$bindir:$PATH
}

# -- a temporary folder ---------------------------------------------------

# make_work NAME: the folder, which everything below goes into.
make_work()
{
	work=$(mktemp -d "/tmp/journey-$1.XXXXXX")
	packages_conf=
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	trap 'exit 141' PIPE
}

# Called at every end.  A script that wants its server to live empties $work;
# one that has a last word defines at_end, which may change the exit status.
clean_up()
{
	local status=$?

	trap - EXIT
	trap '' INT TERM HUP PIPE
	[ -z "$child" ] || { kill "$child" && wait "$child"; } 2>/dev/null || true
	[ -z "$packages_conf" ] || as_root rm -f "$packages_conf" || true
	if declare -F at_end >/dev/null
	then
		at_end "$status" || status=$?
	fi
	if [ -n "$work" ]
	then
		stop_server "$work"
		rm -rf "$work"
	fi
	exit "$status"
}

# The server must not run as root: take whoever called sudo, else postgres.
choose_user()
{
	user=$(id -un)
	if [ "$(id -u)" = 0 ]
	then
		user=${SUDO_USER:-root}
		[ "$user" != root ] || user=postgres
		id -u "$user" >/dev/null 2>&1 || die "there is no user $user to run the server as"
		chown "$user" "$work"
	fi
}

# as_server COMMAND...: run as the user of the server.
as_server()
{
	if [ "$(id -un)" = "$user" ]
	then
		"$@"
	else
		(cd / && runuser -u "$user" -- "$@")
	fi
}

# -- build and server -----------------------------------------------------

# build [FLAGS]: copy the checkout to $work/src, build there with FLAGS, and
# install below $work/inst.
build()
{
	mkdir -p "$work/src"
	tar -C "$top" -cf - --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' \
		--exclude='./sql/journey--*.sql' --exclude=./results --exclude=./tmp_check . |
		tar -C "$work/src" --no-same-owner -xf -
	quietly build make -C "$work/src" -s -j2 with_llvm=no PG_CONFIG="$pg_config" COPT="${1:-}" all ||
		die "the build failed"
	quietly build make -C "$work/src" -s with_llvm=no PG_CONFIG="$pg_config" COPT="${1:-}" \
		install DESTDIR="$work/inst" || die "the installation below $work failed"
}

# start_server [SETTING...]: a new cluster in $work/data with the extension,
# listening in $work.  Exports PGHOST and PGUSER.
start_server()
{
	local conf=$work/data/postgresql.conf setting

	choose_user
	mkdir "$work/data"
	[ "$(id -u)" != 0 ] || chown "$user" "$work/data"
	quietly server as_server "$bindir/initdb" -D "$work/data" -U postgres -A trust \
		-E UTF8 --locale=C.UTF-8 --no-sync || die "initdb failed"

	{
		printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work'" \
			"unix_socket_permissions = 0700" "fsync = off" "full_page_writes = off" \
			"shared_buffers = 256MB" "max_connections = 40" "logging_collector = off" \
			"log_line_prefix = '%m [%p] %d '" "$@"

		# Where it looks for extensions besides its own folders.
		if grep -q '^#extension_control_path' "$conf"
		then
			printf '%s\n' "extension_control_path = '$work/inst$("$pg_config" --sharedir):\$system'" \
				"dynamic_library_path = '$work/inst$("$pg_config" --pkglibdir):\$libdir'"
		elif grep -q '^#extension_destdir' "$conf"
		then
			printf '%s\n' "extension_destdir = '$work/inst'"
		else
			die "this server ($version) cannot load an extension from a private folder;" \
				"use Debian's packages, or \"make install\" and \"make installcheck\"" >&2
		fi
	} >"$work/added.conf"
	as_server sh -c 'cat >>"$1"' sh "$conf" <"$work/added.conf"

	export PGHOST=$work PGUSER=postgres PGDATABASE=postgres
	quietly server as_server "$bindir/pg_ctl" -D "$work/data" -l "$work/data/server.log" -w -t 60 start ||
		{ tail -n 20 "$work/data/server.log" >&2; die "the private server did not start"; }
}

# stop_server FOLDER: if a server runs there.
stop_server()
{
	local data=$1/data pg_ctl

	[ -e "$data/postmaster.pid" ] || return 0
	user=$(stat -c %U "$data")
	pg_ctl=$(sed -n '1s,/postgres .*,/pg_ctl,p' "$data/postmaster.opts")
	as_server "$pg_ctl" -D "$data" -m fast -w -t 30 stop >/dev/null 2>&1 ||
		as_server "$pg_ctl" -D "$data" -m immediate -w -t 30 stop >/dev/null 2>&1 || true
}
