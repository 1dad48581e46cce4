# The runner checked with the engine: what is named "Right" passes, what is named "Wrong" must fail,
# as must_fail.txt has it.
Feature: Runner

  Scenario: Right rows in any order
    Given an empty graph
    When executing query:
      """
      UNWIND [1, 2] AS x RETURN x, [x, 3] AS y
      """
    Then the result should be, in any order:
      | y      | x |
      | [2, 3] | 2 |
      | [1, 3] | 1 |
    And no side effects

  Scenario Outline: Right values
    Given any graph
    And parameters are:
      | p | <value> |
    When executing query:
      """
      RETURN $p AS p
      """
    Then the result should be, in order:
      | p       |
      | <value> |
    And no side effects

    Examples:
      | value                   |
      | null                    |
      | true                    |
      | -1                      |
      | 0.25                    |
      | 'it\'s'                 |
      | [1, [2.0, null], {}]    |
      | {a: 1, b: {c: ['d']}}   |

  Scenario Outline: Wrong values
    Given any graph
    When executing query:
      """
      RETURN <value> AS v
      """
    Then the result should be, in order:
      | v       |
      | <wrong> |

    Examples:
      | value        | wrong        |
      | 1            | 1.0          |
      | 1.0          | 1            |
      | 1            | '1'          |
      | null         | ''           |
      | 'a'          | 'b'          |
      | [1, 2]       | [2, 1]       |
      | [1]          | [1, 1]       |
      | {a: 1}       | {a: 2}       |
      | {a: null}    | {}           |
      | true         | false        |

  Scenario Outline: Wrong rows
    Given any graph
    When executing query:
      """
      UNWIND [1, 1, 2] AS x RETURN x
      """
    Then the result should be<how>
      | <name> |
      | <one>  |
      | <two>  |
      | <last> |

    Examples:
      | how            | name | one | two | last |
      | , in order:    | x    | 1   | 2   | 1    |
      | , in any order: | x   | 1   | 2   | 2    |
      | , in any order: | y   | 1   | 1   | 2    |

  Scenario: Wrong count of rows
    Given any graph
    When executing query:
      """
      UNWIND [1, 1] AS x RETURN x
      """
    Then the result should be, in any order:
      | x |
      | 1 |

  Scenario: Wrong columns
    Given any graph
    When executing query:
      """
      RETURN 1 AS a, 2 AS b
      """
    Then the result should be, in any order:
      | a |
      | 1 |

  Scenario: Wrong, not empty
    Given any graph
    When executing query:
      """
      RETURN 1 AS a
      """
    Then the result should be empty

  Scenario: Right graph
    Given an empty graph
    And having executed:
      """
      CREATE (:A:B {k: 1})-[:T {w: 2.5}]->(:C)
      """
    When executing query:
      """
      MATCH p = (c:C)<-[r]-(a) RETURN a, r, p
      """
    Then the result should be, in any order:
      | a             | r             | p                                        |
      | (:B:A {k: 1}) | [:T {w: 2.5}] | <(:C)<-[:T {w: 2.5}]-(:A:B {k: 1})>      |
    And no side effects

  Scenario Outline: Wrong graph
    Given an empty graph
    And having executed:
      """
      CREATE (:A:B {k: 1})-[:T {w: 2.5}]->(:C)
      """
    When executing query:
      """
      MATCH p = (a:A)-[r]->(c:C) RETURN <what> AS x
      """
    Then the result should be, in any order:
      | x       |
      | <wrong> |

    Examples:
      | what | wrong                                    |
      | a    | (:A {k: 1})                              |
      | a    | (:A:B)                                   |
      | a    | (:A:B {k: 2})                            |
      | a    | {k: 1}                                   |
      | r    | [:U {w: 2.5}]                            |
      | r    | [:T]                                     |
      | p    | <(:A:B {k: 1})<-[:T {w: 2.5}]-(:C)>      |
      | p    | <(:A:B {k: 1})>                          |

  Scenario: Right side effects
    Given an empty graph
    And having executed:
      """
      CREATE (:A {k: 1, l: 2})-[:T]->(:B)
      """
    When executing query:
      """
      MATCH (a:A)-[t]->(b) DELETE t, b SET a:C, a.k = 3, a.l = null CREATE (a)-[:U {w: 1}]->(:B)
      """
    Then the result should be empty
    And the side effects should be:
      | +nodes         | 1 |
      | -nodes         | 1 |
      | +relationships | 1 |
      | -relationships | 1 |
      | +labels        | 1 |
      | +properties    | 2 |
      | -properties    | 2 |

  Scenario: Wrong, there are side effects
    Given an empty graph
    When executing query:
      """
      CREATE ()
      """
    Then the result should be empty
    And no side effects

  Scenario: Wrong count of side effects
    Given an empty graph
    When executing query:
      """
      CREATE (:A {k: 1})
      """
    Then the result should be empty
    And the side effects should be:
      | +nodes      | 1 |
      | +properties | 1 |

  Scenario: Right, the graph is empty again
    Given an empty graph
    When executing query:
      """
      MATCH (n) RETURN n
      """
    Then the result should be, in any order:
      | n |
    And no side effects

  Scenario: Right error
    Given any graph
    When executing query:
      """
      RETURN x
      """
    Then a SyntaxError should be raised at compile time: UndefinedVariable

  Scenario Outline: Wrong error
    Given any graph
    When executing query:
      """
      RETURN <what> AS y
      """
    Then a <kind> should be raised at compile time: <detail>

    Examples:
      | what | kind        | detail            |
      | 1    | SyntaxError | UndefinedVariable |
      | 1    | SyntaxError | *                 |
      | x    | TypeError   | UndefinedVariable |
      | x    | SyntaxError | UnexpectedSyntax  |

  Scenario: Wrong, an error that is not expected
    Given any graph
    When executing query:
      """
      RETURN x
      """
    Then no side effects

  Scenario: Wrong, the setup fails
    Given any graph
    And having executed:
      """
      CREATE (
      """
    When executing query:
      """
      RETURN 1 AS x
      """
    Then the result should be, in any order:
      | x |
      | 1 |

  Scenario: Right procedure
    Given any graph
    And there exists a procedure test.answer(in :: INTEGER?) :: (a :: STRING?, b :: INTEGER?):
      | in | a   | b |
      | 1  | 'x' | 1 |
      | 2  | 'y' | 2 |
      | 2  | 'z' | 3 |
    When executing query:
      """
      CALL test.answer(2) YIELD b, a RETURN a, b
      """
    Then the result should be, in any order:
      | a   | b |
      | 'y' | 2 |
      | 'z' | 3 |
    And no side effects

  Scenario: Wrong, a step that is not known
    Given any graph
    When executing query:
      """
      RETURN 1 AS x
      """
    Then the moon should be full

  Scenario: Wrong, nothing is asked
    Given any graph
    Then the result should be empty
    And no side effects

  Scenario: Wrong, nothing is expected
    Given any graph
    When executing query:
      """
      RETURN 1 AS x
      """
    Then no side effects
