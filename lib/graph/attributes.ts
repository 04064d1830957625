/** Converts attributes of ops from the form of tfjs-node's binding to that of a GraphDef. */
import { DT, shapeOf, type AttrValue } from './graphdef';
import { nativeBackend, type RawAttribute } from './tfjs-node';

export function attributesOf(attributes: readonly RawAttribute[]): Record<string, AttrValue> {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, valueOf(attribute)]));
}

function valueOf({ name, type, value }: RawAttribute): AttrValue {
  const { binding } = nativeBackend();
  if (type === binding.TF_ATTR_SHAPE) return { shape: shapeOf(value as number[]) };
  if (type === binding.TF_ATTR_STRING) return { s: Buffer.from(value as string) };
  const kinds = new Map<number, 'type' | 'b' | 'i' | 'f'>([
    [binding.TF_ATTR_TYPE, 'type'],
    [binding.TF_ATTR_BOOL, 'b'],
    [binding.TF_ATTR_INT, 'i'],
    [binding.TF_ATTR_FLOAT, 'f'],
  ]);
  const kind = kinds.get(type);
  if (!kind) throw new Error(`compile: attribute ${name} has the unknown type ${type}`);
  return (Array.isArray(value) ? { list: { [kind]: value } } : { [kind]: value }) as AttrValue;
}

export const typeAttribute = (type: number): AttrValue => ({ type });

export const FLOAT: AttrValue = typeAttribute(DT.float32);
