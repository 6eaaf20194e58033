/** Types as a table's `schemaString` writes them: a name such as `long` or `decimal(10,2)`, or a nested type. */
export type DeltaType = string | StructType | ArrayType | MapType;

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

export interface ArrayType {
  readonly type: 'array';
  readonly elementType: DeltaType;
  readonly containsNull: boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly keyType: DeltaType;
  readonly valueType: DeltaType;
  readonly valueContainsNull: boolean;
}

export interface StructField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export const structOf = (fields: readonly StructField[]): StructType => ({ type: 'struct', fields });

export const arrayOf = (elementType: DeltaType): ArrayType => ({ type: 'array', elementType, containsNull: true });

export const mapOf = (keyType: DeltaType, valueType: DeltaType): MapType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull: true,
});

/** Precision and scale of a `decimal(10,2)`. */
export function decimalOf(type: DeltaType): { precision: number; scale: number } | undefined {
  const match = typeof type === 'string' ? /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type) : null;
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** The type with each of its primitive types replaced. */
export function mapPrimitives(type: DeltaType, replace: (primitive: string) => string): DeltaType {
  if (typeof type === 'string') return replace(type);
  switch (type.type) {
    case 'struct':
      return structOf(type.fields.map((field) => ({ ...field, type: mapPrimitives(field.type, replace) })));
    case 'array':
      return { ...type, elementType: mapPrimitives(type.elementType, replace) };
    case 'map':
      return { ...type, keyType: mapPrimitives(type.keyType, replace), valueType: mapPrimitives(type.valueType, replace) };
  }
}

/**
 * Whether every value of one type can be stored as the other without loss: the same type, a wider number, or a timestamp
 * with or without a zone, since a time without one counts as UTC in the lake.
 */
export function widensTo(from: DeltaType, to: DeltaType): boolean {
  if (typeof from === 'string' || typeof to === 'string') {
    return typeof from === 'string' && typeof to === 'string' && primitiveWidensTo(from, to);
  }
  if (from.type === 'array') return to.type === 'array' && widensTo(from.elementType, to.elementType);
  if (from.type === 'map') {
    return to.type === 'map' && widensTo(from.keyType, to.keyType) && widensTo(from.valueType, to.valueType);
  }
  return to.type === 'struct' && structWidensTo(from, to);
}

function structWidensTo(from: StructType, to: StructType): boolean {
  const targets = new Map(to.fields.map((field) => [field.name.toLowerCase(), field]));
  return (
    from.fields.length === to.fields.length &&
    from.fields.every(({ name, type }) => {
      const target = targets.get(name.toLowerCase());
      return target !== undefined && widensTo(type, target.type);
    })
  );
}

const INTEGERS = ['byte', 'short', 'integer', 'long'];
const DIGITS: Readonly<Record<string, number>> = { byte: 3, short: 5, integer: 10, long: 19 };
const WIDER: Readonly<Record<string, readonly string[]>> = {
  byte: ['float', 'double'],
  short: ['float', 'double'],
  integer: ['double'],
  float: ['double'],
  timestamp: ['timestamp_ntz'],
  timestamp_ntz: ['timestamp'],
};

function primitiveWidensTo(from: string, to: string): boolean {
  if (from === to || WIDER[from]?.includes(to)) return true;
  if (INTEGERS.includes(from) && INTEGERS.includes(to)) return INTEGERS.indexOf(from) < INTEGERS.indexOf(to);
  const source = from in DIGITS ? { precision: DIGITS[from], scale: 0 } : decimalOf(from);
  const target = decimalOf(to);
  return (
    source !== undefined &&
    target !== undefined &&
    source.scale <= target.scale &&
    source.precision - source.scale <= target.precision - target.scale
  );
}
