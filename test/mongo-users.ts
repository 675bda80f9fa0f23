/** Users as `mongoexport` writes them, one a line. */
export function mongoUsers(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const user = {
      _id: { $oid: (0x65a0_0000 + index).toString(16).padStart(24, '0') },
      email: `User${index}@People.example`,
      name: `User ${index}`,
      tokens: index % 3 === 0 ? { $numberLong: String(index * 10) } : index * 10,
      createdAt: { $date: '2025-03-01T10:00:00.000Z' },
      settings: { theme: 'dark', note: 'a, "b"\n' },
    };
    return JSON.stringify(user);
  }).join('\n');
}
