#!/usr/bin/env python3
"""Components, PageRank and Leiden: igraph, NetworKit, SciPy and ours, alternating, each run in a fresh process.

bench/graph.py EDGES.csv [--nodes N] [--reps 3] [--bin FOLDER]   EDGES.csv: `src,dst` with a header, distinct directed edges; needs igraph networkit scipy pyarrow
Without EDGES.csv a seeded R-MAT graph (a=.57 b=.19 c=.19 d=.05) of `--edges` edges is made. Prints one JSON object: medians of CPU and wall seconds, quality, load.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))


def rmat(edges, scale, path, seed=11):
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pc
    random = np.random.default_rng(seed)
    many = int(edges * 1.12) + 1000
    ends = np.zeros((2, many), np.int64)
    for _ in range(scale):
        draw = random.random(many)
        ends = ends * 2 + np.stack([draw >= .76, ((draw >= .57) & (draw < .76)) | (draw >= .95)])
    ends = random.permutation(1 << scale)[ends]
    keys = np.unique(ends[0][ends[0] != ends[1]] << 32 | ends[1][ends[0] != ends[1]])
    keys = np.sort(random.choice(keys, min(edges, len(keys)), replace=False))
    pc.write_csv(pa.table({"src": (keys >> 32).astype(np.uint32), "dst": (keys & 0xFFFFFFFF).astype(np.uint32)}), path)


def peer(tool, path, nodes):
    """Runs in a process of its own."""
    import resource
    import numpy as np
    import pyarrow.csv as pc
    table = pc.read_csv(path)
    s, d = (table[c].to_numpy().astype(np.int64) for c in ("src", "dst"))
    n = max(nodes, int(max(s.max(), d.max())) + 1)
    keys = np.unique(np.minimum(s, d) << 32 | np.maximum(s, d))
    a, b = keys >> 32, keys & 0xFFFFFFFF
    times, quality = {}, {}

    def timed(name, work):
        usage = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        wall, cpu = time.perf_counter(), usage()
        result = work()
        times[name] = {"wall_s": round(time.perf_counter() - wall, 3), "cpu_s": round(usage() - cpu, 3)}
        return result

    def modularity(labels):
        labels = np.unique(labels, return_inverse=True)[1]
        degree = np.bincount(a, minlength=n) + np.bincount(b, minlength=n)
        mass = np.bincount(labels, weights=degree) / (2 * len(a))
        return round(float((labels[a] == labels[b]).mean() - (mass ** 2).sum()), 5)

    if tool == "igraph":
        import igraph, random
        random.seed(1)
        directed = timed("build_directed", lambda: igraph.Graph(n=n, edges=np.column_stack([s, d]), directed=True))
        quality["cc"] = len(timed("cc", lambda: directed.connected_components(mode="weak")))
        timed("pagerank", lambda: directed.pagerank(damping=.85))
        simple = timed("build_undirected", lambda: igraph.Graph(n=n, edges=np.column_stack([a, b]), directed=False))
        labels = timed("leiden", lambda: simple.community_leiden(objective_function="modularity", n_iterations=2)).membership
        quality["leiden_modularity"] = modularity(np.asarray(labels))
    elif tool == "networkit":
        import networkit as nk
        nk.setNumberOfThreads(1)
        nk.setSeed(1, False)
        make = lambda x, y, directed: nk.graph.GraphFromCoo((np.ones(len(x)), (x.astype(np.uint64), y.astype(np.uint64))), n=n, directed=directed, weighted=False)
        directed = timed("build_directed", lambda: make(s, d, True))
        cc = nk.components.WeaklyConnectedComponents(directed)
        timed("cc", cc.run)
        quality["cc"] = cc.numberOfComponents()
        timed("pagerank", nk.centrality.PageRank(directed, damp=.85, tol=1e-6).run)
        simple = timed("build_undirected", lambda: make(a, b, False))
        search = nk.community.ParallelLeiden(simple, iterations=3)
        timed("leiden", search.run)
        quality["leiden_modularity"] = modularity(np.array(search.getPartition().getVector()))
    else:
        import scipy.sparse as sp
        from scipy.sparse.csgraph import connected_components
        matrix = timed("build_directed", lambda: sp.csr_matrix((np.ones(len(s)), (s, d)), shape=(n, n)))
        quality["cc"] = int(timed("cc", lambda: connected_components(matrix, directed=True, connection="weak"))[0])

        def rank():
            out = np.asarray(matrix.sum(1)).ravel()
            inverse = np.where(out > 0, 1 / np.maximum(out, 1), 0)
            into, x = matrix.T.tocsr(), np.full(n, 1 / n)
            while True:
                y = .85 * (into @ (x * inverse) + x[out == 0].sum() / n) + .15 / n
                moved, x = np.abs(y - x).sum(), y
                if moved < 1e-6:
                    return x
        timed("pagerank", rank)
    print(json.dumps({"times": times, "quality": quality}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edges_csv", nargs="?")
    parser.add_argument("--edges", type=int, default=5_000_000)
    parser.add_argument("--scale", type=int, default=19)
    parser.add_argument("--nodes", type=int, default=0)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--tools", default="igraph,networkit,scipy,tributary")
    parser.add_argument("--bin", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "target")), "release", "examples"))
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args.peer, args.edges_csv, args.nodes)
    with tempfile.TemporaryDirectory() as folder:
        path, nodes = args.edges_csv, args.nodes
        if path is None:
            path, nodes = os.path.join(folder, "rmat.csv"), 1 << args.scale
            rmat(args.edges, args.scale, path)
        runs = {tool: [] for tool in args.tools.split(",")}
        for _ in range(args.reps):
            for tool, results in runs.items():
                ours = [os.path.join(args.bin, "graph_bench"), path, str(nodes)]
                command = ours if tool == "tributary" else [sys.executable, os.path.abspath(__file__), path, "--nodes", str(nodes), "--peer", tool]
                out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                results.append(json.loads(out.splitlines()[-1]) | {"load": os.getloadavg()[0]})
                print(f"{tool}: {json.dumps(results[-1])}", file=sys.stderr)
    median = lambda results, name, unit: round(statistics.median(r["times"][name][unit] for r in results), 3)
    print(json.dumps({
        tool: {
            "median": {name: {unit: median(results, name, unit) for unit in ("cpu_s", "wall_s")} for name in results[0]["times"]},
            "quality": results[-1]["quality"], "load": [round(r["load"], 1) for r in results],
        } for tool, results in runs.items()
    }, indent=1))


if __name__ == "__main__":
    main()
