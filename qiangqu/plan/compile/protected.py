"""Spans of a sentence whose numbers are names or remarks: quotations, titles of books, brackets."""


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Spans whose numbers are names or notes: quotations, book titles, brackets."""
    spans: list[tuple[int, int]] = []
    closing = {"“": "”", "‘": "’", "《": "》", "「": "」", "（": "）", "【": "】", "〔": "〕", "[": "]"}
    stack: list[tuple[str, int]] = []
    for index, char in enumerate(text):
        if stack and char == stack[-1][0]:
            _, start = stack.pop()
            if not stack and not (char == "）" and text.startswith("（其中", start)):
                spans.append((start, index + 1))
        elif char in closing:
            stack.append((closing[char], index))
        elif char == '"':
            stack.append(('"', index))
        if len(stack) > 8:
            stack = stack[-1:]
    return spans
