#!/usr/bin/env python3
"""PageRank of a graph that kg exported in parts, computed by Spark: as kg rank has it.

usage: spark_pagerank.py FOLDER OUT [--damping D] [--tolerance T]

FOLDER is what `kg export STORE FOLDER --parts N` wrote; OUT becomes a folder of lines "name TAB weight" for
`cat OUT/part-* | kg rank STORE --import -`. Needs pyspark and a Java runtime. It runs wherever Spark does: on
this machine, or by spark-submit on a cluster that sees FOLDER.
"""

import argparse
import glob
import sys

try:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F
except ImportError:
    sys.exit("spark_pagerank.py needs pyspark, which is not installed: pip install pyspark")


def table(spark, folder, kind):
    """The parts of a table: each has a header, and fields are as they stand between tabs."""
    parts = sorted(glob.glob(f"{folder}/{kind}*.tsv"))
    if not parts:
        sys.exit(f"{folder} has no {kind}-*.tsv: expected what kg export STORE {folder} --parts N writes")
    return spark.read.csv(parts, sep="\t", header=True, quote="", escape="", ignoreLeadingWhiteSpace=False)


def ranks(spark, edges, entities, damping, tolerance):
    """Power iteration, until no more than `tolerance` of the weight moves. What an entity without edges out has goes
    to all alike; parallel edges each count, by relation, as in kg rank."""
    n = entities.count()
    degrees = edges.groupBy("head").agg(F.count("*").alias("degree"))
    links = edges.join(degrees, "head").withColumnRenamed("head", "name").cache()
    rank = entities.withColumn("rank", F.lit(1.0 / n))
    moved = 1.0
    while moved > tolerance:
        sums = links.join(rank, "name").groupBy("tail").agg(F.sum(F.col("rank") / F.col("degree")).alias("given"))
        sums = sums.withColumnRenamed("tail", "name").cache()
        flowing = sums.agg(F.sum("given")).first()[0] or 0.0
        share = (1 - damping) / n + damping * (1 - flowing) / n
        both = rank.join(sums, "name", "left").select(
            "name", "rank", (F.lit(share) + damping * F.coalesce("given", F.lit(0.0))).alias("next")
        )
        both = both.localCheckpoint()
        moved = both.agg(F.sum(F.abs(F.col("next") - F.col("rank")))).first()[0]
        rank = both.select("name", F.col("next").alias("rank"))
        sums.unpersist()
        print(f"moved {moved:.1e}", file=sys.stderr)
    return rank


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder")
    arguments.add_argument("out")
    arguments.add_argument("--damping", type=float, default=0.85)
    arguments.add_argument("--tolerance", type=float, default=1e-12)
    args = arguments.parse_args()
    spark = SparkSession.builder.appName("kg PageRank").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.shuffle.partitions", spark.sparkContext.defaultParallelism)
    edges = table(spark, args.folder, "triples").select("head", "tail")
    entities = table(spark, args.folder, "nodes").select(F.col("id").alias("name")).distinct()
    rank = ranks(spark, edges, entities.cache(), args.damping, args.tolerance)
    rank.select(F.concat_ws("\t", "name", F.format_string("%.17g", "rank"))).write.text(args.out)
    spark.stop()


main()
