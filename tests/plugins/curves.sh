# Sourced: what a run wrote, to be compared with another.

# The lines of a run's metrics.jsonl without their times.
curve() {
    sed 's/"time": [0-9.]*, //' "$1/metrics.jsonl"
}

# Whether two runs have the same lines with figures that differ by no more than a share TOLERANCE.
# usage: same_to_rounding RUN RUN TOLERANCE LEAST_LINES
same_to_rounding() {
    paste -d '\n' <(curve "$1") <(curve "$2") | tr -d '{}",:' | awk -v tolerance="$3" -v least="$4" '
        function size(x) { return x < 0 ? -x : x }
        NR % 2 { n = split($0, first, " "); next }
        {
            if (split($0, second, " ") != n) { print "other figures: " $0; wrong = 1; exit 1 }
            for (i = 1; i < n; i += 2)
                if (first[i] != second[i] ||
                    size(first[i + 1] - second[i + 1]) > tolerance * size(first[i + 1]) + 1e-12) {
                    print first[i] ": " first[i + 1] " is not " second[i + 1]; wrong = 1; exit 1
                }
            ++lines
        }
        END { if (!wrong && lines < least) { print "only " lines + 0 " lines"; exit 1 } }'
}

# mpirun for two ranks of one thread each, as an array.
mpi=(mpirun -np 2 --bind-to none --oversubscribe)
[[ $(id -u) -eq 0 ]] && mpi+=(--allow-run-as-root)
export OMP_NUM_THREADS=1
# Open MPI leaves memory of its own behind, which the leak sanitizer would blame on the program.
mpi+=(-x ASAN_OPTIONS=detect_leaks=0)
