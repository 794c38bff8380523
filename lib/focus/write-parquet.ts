/** FOCUS rows as Parquet: costs DECIMAL(38,18), prices and quantities DECIMAL(38,9), instants as timestamps. Pure. */
import { parquetWriteBuffer, type SchemaElement } from "hyparquet-writer";
import { columnsOf, SCALE, type FocusColumn, type FocusRow, type FocusVersion } from "./columns";

/** 38 digits and a sign fit in 16 bytes. */
const DECIMAL_BYTES = 16;

export function focusParquet(rows: readonly FocusRow[], version: FocusVersion): Uint8Array {
  const columns = columnsOf(version);
  const buffer = parquetWriteBuffer({
    schema: [{ name: "focus", num_children: columns.length }, ...columns.map(schemaOf)],
    columnData: columns.map((column) => ({ name: column.name, data: rows.map((row) => valueOf(column, row)) })),
    kvMetadata: [{ key: "focus_version", value: version }],
    createdBy: "Headroom",
  });
  return new Uint8Array(buffer);
}

function schemaOf({ name, type, required }: FocusColumn): SchemaElement {
  const repetition_type = required ? "REQUIRED" : "OPTIONAL";
  switch (type) {
    case "text":
      return { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type };
    case "json":
      // Text, as the CSV has it: readers that know no JSON type still show it.
      return { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type };
    case "instant":
      return { name, type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type };
    case "count":
      return { name, type: "INT64", repetition_type };
    case "cost":
    case "price":
    case "quantity":
      return {
        name,
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: DECIMAL_BYTES,
        converted_type: "DECIMAL",
        precision: 38,
        scale: SCALE[type],
        repetition_type,
      };
  }
}

/** A bigint is written as the unscaled value of a DECIMAL. */
function valueOf({ name, type }: FocusColumn, row: FocusRow): unknown {
  const value = row[name] ?? null;
  return type === "instant" && typeof value === "string" ? new Date(value) : value;
}
