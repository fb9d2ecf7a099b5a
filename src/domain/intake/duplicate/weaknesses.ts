/**
 * Which weakness is a kind of which: the `ChildOf` relations of CWE 4.19, Research Concepts (view 1000), of the weaknesses that reports
 * name most. Two people who look at one flaw often name it at two heights: CWE-122 and CWE-787 are no contradiction.
 */
const parents: ReadonlyMap<number, readonly number[]> = new Map(
  `23:22 24:23 25:23 26:23 27:23 28:23 29:23 35:23 36:22 22:706,668 41:706 59:706 61:59 73:642,610 706:664
   78:77 88:77 77:74 79:74 80:79 81:79 83:79 84:79 85:79 86:79 87:79 89:943 90:943 643:943 652:943 943:74 91:74 93:74 113:93,436 94:74,913
   95:94 96:94 97:96 1336:94 917:77 98:706,829 99:74 74:707 75:74 116:707 117:116 20:707 129:1285 1284:20 1285:20 1287:20 1289:20 134:668
   119:118 118:664 120:787,119 121:787,788 122:787,788 123:787 124:786,787 125:119 126:125,788 127:125,786 131:682 786:119 787:119 788:119
   805:119 806:805 822:119 823:119 824:119 825:119,672 415:825,1341 416:825 476:754,710 690:754 190:682 191:682 193:682 369:682 681:704
   682:664 704:664 843:704 195:681 196:681 197:681 401:772 772:404 404:664 400:664 770:400,665 771:400 789:770,1284 405:400 407:405
   1333:407 409:405 776:674,405 674:834 834:691 835:834 617:670 670:691 252:754 754:703 755:703 248:705 703:710 665:664 908:665 909:665 457:908
   284:0 285:284 287:284 862:285 863:285 639:863 566:639 425:862 306:287 290:1390 294:1390 295:287 302:1390 303:1390 304:303 305:1390 307:1390
   1390:287 1391:1390 521:1391 798:1391,344 259:798 321:798 522:1390 256:522 257:522 260:522 523:522 549:522 640:1390 620:1390 603:1390 836:1390
   269:284 250:269 266:269 267:269 268:269 270:269 271:269 272:271 273:271 274:269 276:732 277:732 279:732 281:732 732:285,668 668:664
   345:693 346:345,284 347:345 348:345 352:345 354:345 494:345,669 502:913 913:664 915:913 1321:915 470:913 610:664 384:610 441:610 601:610
   611:610 918:441 829:669 434:669 669:664 444:436 436:435 200:668 201:200 203:200 208:203 205:203 209:200 497:200 359:200 532:538 538:200 540:538
   548:497 552:668 311:693 312:311 319:311 326:693 327:693 328:327,326 330:693 331:330 335:330 338:330 340:330 323:344 344:330 916:328
   759:916 760:916 362:691 366:362 367:362 364:362 667:662 662:664 833:667 672:666 613:672 614:319 565:642 642:668 426:642,673 427:668,610
   428:668,665 1188:665 453:1188 471:664 472:471 506:912 507:506 912:684 1004:732 1021:451,610 451:684 1236:74 1220:284 922:664 924:345 940:346 942:183,863`
    .trim()
    .split(/\s+/)
    .map((entry): [number, number[]] => {
      const [child, up] = entry.split(':') as [string, string];
      return [Number(child), up.split(',').map(Number)];
    }),
);

/** `shared`: both name one weakness. `related`: one names a kind of what the other names, or both name kinds of one. */
export function meetingOf(a: readonly number[], b: readonly number[]): 'shared' | 'related' | 'other' | 'unknown' {
  if (a.length === 0 || b.length === 0) return 'unknown';
  if (a.some((one) => b.includes(one))) return 'shared';
  const isKind = (one: number, other: number) => above(one, 3).has(other);
  const isRelated = a.some((one) =>
    b.some(
      (other) => isKind(one, other) || isKind(other, one) || parentsOf(one).some((up) => parentsOf(other).includes(up)),
    ),
  );
  return isRelated ? 'related' : 'other';
}

/** The pillars, under which everything lies, relate nothing. */
const pillars = new Set([0, 284, 435, 664, 682, 691, 693, 697, 703, 707, 710]);
const parentsOf = (weakness: number): number[] => (parents.get(weakness) ?? []).filter((up) => !pillars.has(up));

function above(weakness: number, heightMax: number): Set<number> {
  const found = new Set<number>();
  let level = [weakness];
  for (let height = 0; height < heightMax; height++) {
    level = level.flatMap(parentsOf);
    for (const one of level) found.add(one);
  }
  return found;
}
