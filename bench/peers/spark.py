"""Spark with Delta on two threads, as somebody would set it up for one machine: spark.py <jars> <folder>. Lines of JSON ask it."""

import json
import sys
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as f

jars, folder = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", jars)
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.driver.memory", "4g")
    .config("spark.sql.shuffle.partitions", "8")
    .config("spark.databricks.delta.snapshotPartitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.local.dir", folder)
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def ready():
    return spark.version


def merge(folder, source, **_):
    table = DeltaTable.forPath(spark, folder).alias("t")
    changes = spark.read.parquet(source).alias("s")
    table.merge(changes, "t.event_id = s.event_id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()


def refine(events, folder):
    """The models of bench/medallion, in the words of Spark."""
    bronze, silver, daily, top = (str(Path(folder) / name) for name in ("bronze", "silver", "daily", "top"))
    read = spark.read.format("delta").load
    stamped = spark.read.parquet(events).withColumns(
        {"_ingested_at": f.current_timestamp(), "_source": f.lit("events.parquet"), "_batch": f.lit("spark")}
    )
    stamped.write.format("delta").save(bronze)

    latest = Window.partitionBy("event_id").orderBy(f.col("ts").desc())
    price = f.col("price").cast("decimal(12,2)").alias("price")
    sales = (
        read(bronze)
        .where("event_id is not null and price > 0 and quantity > 0")
        .select("event_id", "ts", "user_id", "product_id", price, "quantity", "country")
    )
    sales.withColumn("place", f.row_number().over(latest)).where("place = 1").drop("place").write.format("delta").save(silver)

    revenue = f.col("price").cast("double") * f.col("quantity")
    (
        read(silver)
        .withColumn("revenue", revenue)
        .groupBy(f.to_date("ts").alias("day"), "country")
        .agg(
            f.count("*").alias("sales"),
            f.sum("revenue").alias("revenue"),
            f.avg("revenue").alias("mean"),
            f.percentile_approx("revenue", 0.9).alias("p90"),
        )
        .coalesce(1)
        .write.format("delta")
        .save(daily)
    )

    best = Window.partitionBy("country").orderBy(f.col("revenue").desc(), "product_id")
    products = read(silver).groupBy("country", "product_id").agg(f.sum(revenue).alias("revenue"), f.count("*").alias("sales"))
    (
        products.withColumn("rank", f.row_number().over(best))
        .where("rank <= 10")
        .coalesce(1)
        .write.format("delta")
        .save(top)
    )


ORDERS = {"ready": ready, "merge": merge, "refine": refine}

for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps(ORDERS[order.pop("do")](**order)), flush=True)
spark.stop()
