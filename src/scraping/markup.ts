import { DomHandler, DomUtils, Parser } from 'htmlparser2';

type Node = DomHandler['root']['children'][number];
type Parent = Extract<Node, { children: unknown }>;
type Element = Extract<Node, { attribs: unknown }>;

const isElement = (node: Node | undefined): node is Element => node !== undefined && 'attribs' in node;
const classesOf = ({ attribs }: Element): string[] => (attribs.class ?? '').split(/\s+/);

/** Elements within elements. No page of a shop comes near, and the parser's work grows with the square of it. */
const DEEPEST = 1_000;

class ShallowHandler extends DomHandler {
  override onopentag(name: string, attributes: Record<string, string>): void {
    super.onopentag(name, attributes);
    if (this.tagStack.length > DEEPEST) throw new RangeError(`has elements in more than ${DEEPEST} others`);
  }
}

/** A part of a page and what is in it, or nothing at all. Markup that is not well-formed is read as far as it can be. */
export class Markup {
  private constructor(private readonly node: Node | undefined) {}

  /** @throws {RangeError} */
  static of(html: string): Markup {
    const handler = new ShallowHandler();
    new Parser(handler).end(html);
    return new Markup(handler.root as Node);
  }

  /** The elements in it, however deep, in the order of the page. @param className one of those that they have */
  all(tag: string, className?: string): Markup[] {
    return this.find(tag, className, Infinity);
  }

  first(tag: string, className?: string): Markup {
    return this.find(tag, className, 1)[0] ?? new Markup(undefined);
  }

  /** The element right behind it. */
  get next(): Markup {
    return new Markup(isElement(this.node) ? (DomUtils.nextElementSibling(this.node) ?? undefined) : undefined);
  }

  get text(): string {
    return this.node ? DomUtils.textContent(this.node).trim() : '';
  }

  get tag(): string | undefined {
    return isElement(this.node) ? this.node.name : undefined;
  }

  attribute(name: string): string | undefined {
    return isElement(this.node) ? this.node.attribs[name] : undefined;
  }

  hasClass(name: string): boolean {
    return isElement(this.node) && classesOf(this.node).includes(name);
  }

  private find(tag: string, className: string | undefined, most: number): Markup[] {
    const found: Markup[] = [];
    const visit = (parent: Parent): void => {
      for (const child of parent.children) {
        if (!isElement(child)) continue;
        if (child.name === tag && (className === undefined || classesOf(child).includes(className))) {
          found.push(new Markup(child));
        }
        if (found.length < most) visit(child);
        if (found.length >= most) return;
      }
    };
    if (this.node && 'children' in this.node) visit(this.node);
    return found;
  }
}
