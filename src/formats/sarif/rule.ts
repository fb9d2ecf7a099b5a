import { textOf } from '../finding/draft.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** The rule of a result, empty when it is not described, with its id and the tool component that it belongs to. */
export interface RuleOf {
  rule: JsonObject;
  id: string | undefined;
  component: JsonObject;
}

/** Finds the rules of a run's results. */
export interface Rules {
  of(result: JsonObject): RuleOf;
}

const none: JsonObject = {};

/** The rules of a run (3.18: driver and extensions), found by index, by GUID or by id as a result names them (3.27.5 to 3.27.7, 3.52). */
export function rulesOf(run: JsonObject): Rules {
  const tool = objectOf(run['tool']);
  const driver = objectOf(tool['driver']);
  const extensions = arrayOf(tool['extensions']).map(objectOf);
  const byId = new Map<JsonObject, Map<string, JsonObject>>();
  const indexOf = (component: JsonObject) => {
    let index = byId.get(component);
    if (index === undefined) {
      index = new Map();
      for (const rule of arrayOf(component['rules'])) {
        if (!isObject(rule)) continue;
        for (const name of [rule['id'], rule['guid'], ...arrayOf(rule['deprecatedIds'])]) {
          if (typeof name === 'string' && !index.has(name)) index.set(name, rule);
        }
      }
      byId.set(component, index);
    }
    return index;
  };
  return {
    of(result) {
      const reference = objectOf(result['rule']);
      const { toolComponent } = reference;
      const component = isObject(toolComponent) ? componentNamed(toolComponent, driver, extensions) : driver;
      const index = reference['index'] ?? result['ruleIndex'];
      const named = textOf(result['ruleId']) ?? textOf(reference['id']);
      const byIndex =
        Number.isInteger(index) && (index as number) >= 0 ? arrayOf(component['rules'])[index as number] : undefined;
      if (isObject(byIndex)) return { rule: byIndex, id: named ?? textOf(byIndex['id']), component };
      const name = named ?? textOf(reference['guid']);
      if (name === undefined) return { rule: none, id: undefined, component };
      // Where the result does not say whose rule it is, an extension may have it.
      for (const candidate of isObject(toolComponent) ? [component] : [driver, ...extensions]) {
        // 3.27.5: an id may go on below that of its rule, after slashes.
        for (let id = name; id !== ''; id = id.slice(0, Math.max(0, id.lastIndexOf('/')))) {
          const rule = indexOf(candidate).get(id);
          if (rule !== undefined) return { rule, id: named ?? textOf(rule['id']), component: candidate };
        }
      }
      return { rule: none, id: named, component };
    },
  };
}

/** 3.54: a component by its place among the extensions, else by GUID or name. */
function componentNamed(reference: JsonObject, driver: JsonObject, extensions: readonly JsonObject[]): JsonObject {
  const { index, guid, name } = reference;
  const byIndex = Number.isInteger(index) ? extensions[index as number] : undefined;
  if (byIndex !== undefined) return byIndex;
  const isMeant = (component: JsonObject) =>
    (guid !== undefined && component['guid'] === guid) || (name !== undefined && component['name'] === name);
  return extensions.find(isMeant) ?? driver;
}
