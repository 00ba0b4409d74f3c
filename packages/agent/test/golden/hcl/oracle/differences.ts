// SPDX-License-Identifier: MPL-2.0
// Where our answers differ from the recorded ones on purpose.

/** Reason, then the inputs whose result (value, or whether there is one) differs. */
export const differentResults: Readonly<Record<string, readonly string[]>> = {
  'layout that leaves no doubt is accepted: an argument on the line of a brace, a heredoc that ends the file':
    [
      'b { a = 1\n}\n',
      'b {\na = 1 }\n',
      'b { c = 1\n d = 2 }\n',
      'job "x" { group "y" {\n } }\n',
      'job "x" { group "y" {\n a=1\n } }\n',
      'a = <<EOF\nx\nEOF',
    ],
  'a quoted name is accepted where a bare one is meant, as older files write it': [
    'dynamic "check" {\n for_each = [1]\n iterator = "x"\n content {\n n = x.value\n }\n}\n',
    'convert(1,"string")',
  ],
  'no block needs no label': ['{"port":{}}', '{"port":[]}'],
  '"for" alone is a key like any other': ['{for=1}'],
  '&& and || look at their right side only when it matters, as later versions of the reference do': [
    ...['+', '-', '*', '/', '%', '<', '<=', '>', '>='].map((operator) => `true || false ${operator} 2`),
    'true||null',
    'true||undefined_name',
    'false&&undefined_name',
  ],
  'there is no infinity: what uses it would fail later and elsewhere': [
    '1/0',
    '1%0',
    '1e308*10',
    'log(0,10)',
    'can(1/0)',
  ],
  'numbers are doubles with 15 digits kept, not 512 bits': [
    '1/3',
    '"${1/3}x"',
    'pow(2,0.5)',
    'format("%d",12345678901234567890)',
    'convert(12345678901234567890,string)',
  ],
  'lists and tuples are one: values do not carry the type of their elements': [
    'convert([1],list(number))==[1]',
  ],
  'objects that differ within are taken as they are': ['flag ? obj : {}'],
  'a text that was chosen is not held against a result that nobody uses': ['true ? "a" : []'],
  'functions that job files have in a wider form: numbers are digits, length counts objects and characters': [
    'parseint(10,2)',
    'length({a=1})',
    'length("abc")',
    'concat()',
    'coalescelist(null,[1])',
  ],
};

/** Both refuse, and say so in other words: ours, theirs. */
export const differentWords: Readonly<Record<string, readonly (readonly [ours: string, theirs: string])[]>> =
  {
    'ours names what was expected, the reference the character or token that it did not know': [
      ['Invalid expression', 'Invalid character'],
      ['Invalid expression', 'Missing expression'],
      ['Invalid expression', 'Unsupported operator'],
      ['Missing newline after argument', 'Invalid character'],
      ['Missing newline after argument', 'Invalid expression'],
      ['Missing newline after argument', 'Unsupported operator'],
      ['Missing attribute separator', 'Invalid character'],
      ['Missing attribute value', 'Missing key/value separator'],
      ['Missing attribute value', "Invalid 'for' expression"],
      ['Missing item separator', "Invalid 'for' expression"],
      ['Unknown variable', "Invalid 'for' expression"],
      ['Unknown variable', 'Ambiguous attribute key'],
      ['Invalid heredoc', 'Invalid expression'],
      ['Invalid heredoc', 'Unsupported operator'],
      ['Invalid attribute name', 'Invalid number literal'],
      ['Invalid index', 'Invalid number literal'],
      ['Invalid index', 'Invalid legacy index syntax'],
      ['Unsupported attribute', 'Missing map element'],
      ['Unsupported attribute', 'Nested splat expression not allowed'],
    ],
    'ours points at what was opened and not closed': [
      ['Unterminated string literal', 'Invalid multi-line string'],
      ['Unterminated string literal', 'Missing expression'],
      ['Unterminated object constructor expression', 'Missing expression'],
      ['Unterminated comment', 'Argument or block definition required'],
      ['Unterminated template directive', 'Unexpected end of template'],
      ['Unterminated template directive', 'Unexpected else directive'],
      ['Unterminated template directive', 'Unexpected endfor directive'],
      ['Unterminated template directive', 'Unexpected endif directive'],
      ['Missing argument separator', 'Unterminated function call'],
      ['Missing argument separator', 'Missing closing parenthesis'],
      ['Missing close bracket on index', 'Missing close bracket on splat index'],
      ['Extra characters after interpolation expression', 'Invalid multi-line string'],
      ['Invalid template directive', 'Invalid multi-line string'],
      ['Missing attribute value', 'Invalid multi-line string'],
      ['Extra characters after interpolation expression', 'Extra characters in endif marker'],
      ['Extra characters after interpolation expression', 'Extra characters in if marker'],
      ['Invalid template directive', 'Invalid template control keyword'],
    ],
    'ours says more of what is wrong with a body': [
      ['Invalid block definition', 'Argument or block definition required'],
      ['Invalid block definition', 'Invalid argument name'],
      ['Invalid argument definition', 'Argument or block definition required'],
      ['Unexpected closing brace', 'Argument or block definition required'],
      ['Invalid single-argument block definition', 'Argument definition required'],
      ['Missing newline after argument', 'Invalid single-argument block definition'],
      ['Unexpected comma after argument', 'Invalid single-argument block definition'],
    ],
    'operands and arguments: null and numbers that do not fit are wrong like any other value': [
      ['Invalid operand', 'Operation failed'],
      ['Division by zero', 'Operation failed'],
      ['Invalid function argument', 'Error in function call'],
      ['Error in function call', 'Invalid function argument'],
    ],
    'dynamic blocks: labels belong to the block that is made': [
      ['Missing content block', 'Missing dynamic content block'],
      ['Extraneous content block', 'Extraneous dynamic content block'],
      ['Missing label for dynamic block', 'Missing required argument'],
      ['Extraneous label in dynamic block', 'Extraneous dynamic block label'],
      ['Extraneous label in dynamic block', 'Unsupported argument'],
      ['Invalid dynamic block labels', 'Invalid expression'],
      ['Invalid iterator name', 'Invalid dynamic iterator name'],
    ],
    'JSON: fewer kinds of messages': [
      ['Incorrect JSON value type', 'Root value must be object'],
      ['Invalid object key', 'Invalid JSON keyword'],
      ['Invalid object key', 'Invalid start of value'],
      ['Invalid object key', 'Missing array element value'],
      ['Invalid object key', 'Missing value'],
      ['Invalid string', 'Invalid JSON string'],
      ['Unterminated string', 'Invalid JSON string'],
      ['Missing colon', 'Missing property value colon'],
      ['Missing separator', 'Invalid JSON number'],
      ['Missing separator', 'Missing attribute seperator comma'],
      ['Start of value expected', 'Invalid JSON number'],
      ['Start of value expected', 'Invalid start of value'],
      ['Trailing comma', 'Trailing comma in array'],
      ['Trailing comma', 'Trailing comma in object'],
      ['Unsupported argument', 'Extraneous JSON object property'],
    ],
  };

/** Same words on another line: ours points at the start of what is open, or at the brace where something was due. */
export const otherLines: readonly string[] = [
  'Missing close bracket on index',
  'Missing required argument',
  'Unbalanced parentheses',
  'Unterminated template string',
];
