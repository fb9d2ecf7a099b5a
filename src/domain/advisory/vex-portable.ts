import type { Component, Inventory, VexStatement } from './inventory.ts';

/**
 * The statements of one document, to be applied to the inventory of another. A document's own handles (bom-ref, SPDX id) mean nothing
 * elsewhere, and the same short handle may stand there for something else: each is replaced by what identifies the component that it
 * stands for (purl, CPE, or name and version). A statement with no product left is dropped.
 */
export function portable(inventory: Inventory): VexStatement[] {
  const named = new Map<string, string>();
  for (const component of inventory.components) {
    if (component.ref !== undefined) named.set(component.ref, identityOf(component));
  }
  const elsewhere = (products: string[]) => [...new Set(products.map((product) => named.get(product) ?? product))];
  return inventory.vex.map((statement) => ({
    ...statement,
    products: elsewhere(statement.products),
    ...(statement.subcomponents === undefined ? {} : { subcomponents: elsewhere(statement.subcomponents) }),
  }));
}

function identityOf({ purl, cpe, name, version }: Component): string {
  return purl ?? cpe ?? (version === '' ? name : `${name} ${version}`);
}
